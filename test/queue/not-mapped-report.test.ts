import type { SegmentEvent } from '@segment/actions-core'
import { presetSubscriptions, toDefaultSubscription } from '../../src/host/subscriptions'
import type { LogFields } from '../../src/queue'
import { NotMappedReport } from '../../src/queue/not-mapped-report'
import { noteOutput } from '../support/credentials'

const purchase = toDefaultSubscription('trackPurchase')

const newReport = () => {
  const lines: { level: string; fields: LogFields }[] = []
  const counts: [string, number][] = []
  const noter = (level: string) => (fields: LogFields, message: string) => {
    noteOutput(`${message} ${JSON.stringify(fields)}`)
    lines.push({ level, fields })
  }
  const logger = { debug: noter('debug'), info: noter('info'), warn: noter('warn'), error: noter('error') }
  const report = new NotMappedReport(logger, {
    notMapped: (merchant, count) => counts.push([merchant, count])
  })
  return {
    counts,
    report,
    add: (merchant: string, properties: object) => {
      const event = { type: 'track', event: 'Order Completed', messageId: 'm-1', properties }
      report.add({ merchant, event: event as SegmentEvent }, [purchase])
    },
    /** Lines of a level since the last look. */
    logged: (level: string) => lines.filter((line) => line.level === level).map(({ fields }) => fields),
    clear: () => lines.splice(0)
  }
}

describe('NotMappedReport', () => {
  it('counts the values of an event that no mapping reads, and logs their names at debug level', () => {
    const { add, counts, logged } = newReport()
    add('shop-1', { order_id: 'o-1', total: 1, currency: 'USD', tax: 2, shipping: 3 })
    expect(counts).toEqual([['shop-1', 2]])
    const names = ['tax', 'shipping']
    expect(logged('debug')).toEqual([
      { event: 'values_not_mapped', merchant: 'shop-1', messageId: 'm-1', names }
    ])
    expect(logged('warn')).toEqual([])
  })

  it('reports nothing of an event whose values are all mapped', () => {
    const { add, counts, clear } = newReport()
    add('shop-1', { order_id: 'o-1', total: 1, currency: 'USD' })
    expect([counts, clear()]).toEqual([[], []])
  })

  it('reads the mappings of all subscriptions that match', () => {
    const { report, counts } = newReport()
    const event: SegmentEvent = { type: 'track', event: 'Any', properties: { tax: 2 } }
    report.add({ merchant: 'shop-1', event }, [purchase, toDefaultSubscription('trackCustomEvent')])
    report.add({ merchant: 'shop-1', event }, presetSubscriptions)
    expect(counts).toEqual([['shop-1', 1]])
  })

  it('warns once per merchant of a name that may be a misspelling', () => {
    const { add, logged } = newReport()
    for (const merchant of ['shop-1', 'shop-1', 'shop-2']) add(merchant, { referral_kode: 'r', tax: 2 })
    const warning = (merchant: string) => ({
      event: 'misspelling_suspected',
      merchant,
      messageId: 'm-1',
      name: 'referral_kode',
      suggestion: 'referralCode'
    })
    expect(logged('warn')).toEqual([warning('shop-1'), warning('shop-2')])
  })

  it('warns of few names of a merchant that invents them, and still of those of others', () => {
    const { add, logged } = newReport()
    for (let index = 0; index < 1000; index += 1)
      add('shop-1', { [`referral_code${index % 10}_${index}`]: 'r' })
    add('shop-1', { referal_code: 'r' })
    expect(logged('warn').length).toBeLessThan(50)
    add('shop-2', { referal_code: 'r' })
    expect(logged('warn').at(-1)).toMatchObject({ merchant: 'shop-2', suggestion: 'referralCode' })
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { SegmentEvent } from '@segment/actions-core'
import { actions, checkSubscriptions, previewEvent } from '../../src'
import { createTimeFilter } from '../../src/backfill/time-range'
import { toMessage } from '../../src/messages'
import { type EventLine, readEvents } from '../../src/events/read-events'
import { startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { runCli } from '../support/run-cli'
import { newRecorder, performWith } from '../support/arbitraries'

const order = { orderId: 'o-1', amount: 1, currency: 'USD' }

const anOrder = (orderId: string, properties: object = {}) => ({
  type: 'track',
  event: 'Order Completed',
  properties: { order_id: orderId, total: 1, currency: 'USD', ...properties }
})

/** JSON of arrays nested this deep. */
const arrays = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** JSON of an order with this JSON in a property; without an order ID if `isInvalid`. */
const orderWith = (json: string, isInvalid = false) =>
  JSON.stringify(anOrder(isInvalid ? '' : 'o-1', { deep: 0 })).replace('"deep":0', `"deep":${json}`)

/** Characters that move a terminal's cursor, line feeds aside. */
const CONTROL = /[^\P{Cc}\n]|[\p{Zl}\p{Zp}]/u

const times = <Item>(count: number, item: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => item(index))

describe('An action', () => {
  const perform = async (payload: object) => {
    const { request, sent } = newRecorder()
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message) }
    await performWith('trackPurchase', request, { payload, settings: newSettings(), logger })
    return { body: sent()[0], warnings }
  }
  const left = 'Friendbuy Track Purchase dropped: '

  it('drops values that are nested 10,000 levels deep', async () => {
    const deep: unknown = JSON.parse(arrays(10_000))
    const bags = { friendbuyAttributes: { deep, color: 'red' }, giftCardCodes: deep, products: [{ deep }] }
    expect(await perform({ ...order, ...bags, coupon: deep })).toEqual({
      body: { ...order, additionalProperties: { color: 'red' } },
      warnings: [
        `${left}coupon (not a string), giftCardCodes[0] (not a string), products[0].deep (not supported by MAPI), friendbuyAttributes.deep (not a string)`
      ]
    })
  })

  it('drops attributes with values or names of 5 MB, and logs that in a short line', async () => {
    const text = 'x'.repeat(5_000_000)
    const { body, warnings } = await perform({
      ...order,
      friendbuyAttributes: { text, [text]: 1, color: 'red' }
    })
    expect(body).toEqual({ ...order, additionalProperties: { color: 'red' } })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.length).toBeLessThan(500)
  })

  it('keeps ten of 100,000 attributes and all of 100,000 products, and logs that in one short line', async () => {
    const friendbuyAttributes = Object.fromEntries(times(100_000, (index) => [`k${index}`, 'v']))
    const products = times(100_000, (index) => ({ sku: `s${index}`, brand: 'b' }))
    const startedAt = performance.now()
    const { body, warnings } = await perform({ ...order, friendbuyAttributes, products })
    const took = performance.now() - startedAt
    // Compared as text: toEqual is slow for so many values.
    expect(JSON.stringify(body?.products)).toBe(
      JSON.stringify(products.map(({ sku }) => ({ name: 'unknown', sku, quantity: 1 })))
    )
    expect(body?.additionalProperties).toEqual(Object.fromEntries(times(10, (index) => [`k${index}`, 'v'])))
    expect(warnings[0]?.length).toBeLessThan(10_000)
    expect(warnings[0]).toMatch(/ and 199890 more$/)
    // A tenth of that on a busy machine; quadratic time would be minutes.
    expect(took).toBeLessThan(10_000)
  })

  it('keeps attribute names such as __proto__', () => {
    const friendbuyAttributes: unknown = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')
    const { body } = actions.trackPurchase.prepare({ ...order, friendbuyAttributes })
    expect(JSON.stringify(body.additionalProperties)).toBe(
      '{"__proto__":"a","constructor":"b","toString":"c"}'
    )
  })
})

describe('previewEvent', () => {
  it.each([1_000, 10_000, 100_000])(
    'returns a body or an error for an event of %d levels',
    async (levels) => {
      const event = JSON.parse(orderWith(`{"deep":${arrays(levels)}}`)) as SegmentEvent
      expect(await previewEvent(event)).toMatchObject([{ action: 'trackPurchase', body: order, dropped: [] }])
      // actions-core itself overflows its stack where it maps such a value.
      const mapped = JSON.parse(orderWith(arrays(levels)).replace('"deep"', '"coupon"')) as SegmentEvent
      expect(await previewEvent(mapped)).toMatchObject([
        { action: 'trackPurchase', error: { message: expect.any(String) as string } }
      ])
    }
  )
})

describe('checkSubscriptions', () => {
  it('rejects a mapping that is nested too deeply', () => {
    const mapping: unknown = JSON.parse(`{"orderId":${arrays(10_000)}}`)
    const check = () =>
      checkSubscriptions([{ partnerAction: 'trackPurchase', subscribe: 'type = "track"', mapping }])
    expect(check).toThrow(new Error('[0].mapping: nested more than 1000 levels deep'))
  })

  it('reports each of 150,000 issues', () => {
    const mapping = Object.fromEntries(times(150_000, (index) => [`k${index}`, 1]))
    let message = ''
    try {
      checkSubscriptions([{ partnerAction: 'trackCustomEvent', subscribe: 'type = "track"', mapping }])
    } catch (error) {
      message = toMessage(error)
    }
    const places = message.split('\n').map((line) => line.slice(0, line.indexOf(':')))
    expect(places.join()).toBe(
      Object.keys(mapping)
        .map((key) => `[0].mapping.${key}`)
        .join()
    )
  })
})

describe('readEvents', () => {
  const read = async (text: string) => {
    const lines: EventLine[] = []
    for await (const line of readEvents(['-'], { stdin: Readable.from([text]) })) lines.push(line)
    return lines
  }

  it('reports an event of more than 1,000 levels, and continues', async () => {
    const most = orderWith(arrays(998))
    const deep = orderWith(arrays(999))
    const failed = `{"event":${orderWith(arrays(10_000))},"error":"no"}`
    const error = 'not an event: nested more than 1000 levels deep'
    expect(await read([most, deep, failed, most].join('\n'))).toEqual([
      { source: '-', index: 0, line: 1, event: JSON.parse(most) as unknown, raw: most },
      { source: '-', index: 1, line: 2, error, raw: deep },
      { source: '-', index: 2, line: 3, error, raw: failed },
      { source: '-', index: 3, line: 4, event: JSON.parse(most) as unknown, raw: most }
    ])
  })
})

describe('createTimeFilter', () => {
  const toSkipReason = createTimeFilter({ until: new Date('2026-01-01') })

  it.each([
    [null],
    [[]],
    [{ toString: 1, valueOf: 1 }],
    [JSON.parse(arrays(100_000)) as unknown],
    [true],
    ['soon']
  ])('rejects an event with an invalid timestamp: %#', (timestamp) => {
    const event: object = { type: 'page', timestamp }
    expect(toSkipReason(event as SegmentEvent)).toBe('without a valid timestamp')
  })

  it('accepts a timestamp in milliseconds', () => {
    const event: object = { type: 'page', timestamp: Date.parse('2025-12-31') }
    expect(toSkipReason(event as SegmentEvent)).toBeUndefined()
  })
})

describe('The command line', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const odd = 'a\u001b[2J\u009b\r\n\u2028b'

  it('reports and keeps each hostile event, delivers the valid one, and prints no control characters', async () => {
    const deep = orderWith(arrays(10_000), true)
    const lines = [
      deep,
      JSON.stringify({ ...anOrder('o-1'), timestamp: { toString: 1, valueOf: 1 } }),
      JSON.stringify({ ...anOrder(''), timestamp: '2026-01-01', event: 'Order Completed', messageId: odd }),
      JSON.stringify({ type: 'track', event: odd, timestamp: '2026-01-01' }),
      `{"type":"${odd.replaceAll('\n', '')}`,
      JSON.stringify({ type: odd }),
      JSON.stringify({
        ...anOrder('o-2', { coupon: odd, friendbuyAttributes: { [odd]: 1 } }),
        timestamp: '2026-01-01'
      })
    ]
    const failed = join(folder, 'failed.ndjson')
    const args = ['send', '-', '--sandbox', '--since', '2020-01-01', '--failed', failed]
    const { code, stdout, stderr } = await runCli(args, { input: lines.join('\n') })
    expect(stdout).toContain(
      '7 events: 1 delivered, 4 failed, 1 not sent, 1 skipped (without a valid timestamp)\n  Track Purchase: 1 delivered, 1 failed\n'
    )
    expect(stdout + stderr).not.toMatch(CONTROL)
    expect([code, stderr]).toEqual([1, ''])
    const kept = readFileSync(failed, 'utf8').trimEnd().split('\n')
    expect(kept.map((line) => (JSON.parse(line) as { line: number }).line).sort()).toEqual([1, 3, 5, 6])
    expect(kept.map((line) => (JSON.parse(line) as { event: unknown }).event)).toContain(deep)
  })

  it('prints no control character of a file name, of broken JSON or of a mapping file', async () => {
    const broken = join(folder, 'name\u001b[2J\u009b.json')
    writeFileSync(broken, `[${JSON.stringify(anOrder('o-1'))},\u001b[2J\u009b]`)
    for (const args of [
      ['preview', broken],
      ['send', broken, '--sandbox'],
      ['preview', '-', '--mapping', broken]
    ]) {
      const { code, stdout, stderr } = await runCli(args)
      expect(stderr).toContain('name\\u001b[2J\\u009b.json')
      expect(stdout + stderr).not.toMatch(CONTROL)
      expect(code).toBe(2)
    }
  })

  it('prints no control character of a response', async () => {
    const sandbox = await startSandbox()
    sandbox.injectFault(
      { status: 422, body: { message: odd, reference: odd } },
      { path: '/v1/event/purchase' }
    )
    sandbox.injectFault({ status: 201, body: { eventId: odd } }, { path: '/v1/event/purchase', times: 1 })
    const input = [anOrder('o-1'), anOrder('o-2')].map((event) => JSON.stringify(event)).join('\n')
    const env = { FRIENDBUY_MAPI_KEY: 'key', FRIENDBUY_MAPI_SECRET: 'secret' }
    const args = ['send', '-', '--mapi-url', sandbox.url, '--verbose', '--concurrency', '1']
    const { stdout, stderr } = await runCli(args, { env, input })
    await sandbox.close()
    expect(stdout).toContain('201     a [2J b\n')
    expect(stdout).toContain(': a [2J b (reference a [2J b)\n')
    expect(stdout + stderr).not.toMatch(CONTROL)
  })
})

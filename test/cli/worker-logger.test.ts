import { toTextLine } from '../../src/cli/worker-logger'

const TIME = new Date(2026, 2, 2, 9, 14, 5).getTime()

const lineOf = (fields: object) => toTextLine(JSON.stringify({ level: 30, time: TIME, pid: 1, ...fields }))

describe('toTextLine', () => {
  it('gives local time, level, message and fields', () => {
    const fields = { event: 'merchant_paused', merchant: 'shop-1', reason: 'no route to host', forMs: 5000 }
    expect(lineOf({ ...fields, level: 40, msg: 'merchant paused (circuit open)' })).toBe(
      '09:14:05 WARN  merchant paused (circuit open)  merchant=shop-1 reason="no route to host" forMs=5000'
    )
    expect(lineOf({ event: 'queue_recovered', msg: 'queue recovered' })).toBe(
      '09:14:05 INFO  queue recovered'
    )
    expect(lineOf({ level: 20, msg: 'values dropped', dropped: [{ name: 'a' }] })).toBe(
      '09:14:05 DEBUG values dropped  dropped=[{"name":"a"}]'
    )
  })

  it('keeps fields apart, and a terminal as it is', () => {
    const text = lineOf({ level: 50, msg: 'a\u001b[2J', merchant: 'x id=1', id: '\u009b2J', error: '' })
    expect(text).toBe('09:14:05 ERROR a\\u001b[2J  merchant="x id=1" id=\\u009b2J error=""')
  })
})

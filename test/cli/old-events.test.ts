import type { EventLine } from '../../src/events/read-events'
import { createOldEventGuard } from '../../src/cli/old-events'

const NOW = Date.parse('2026-03-31T00:00:00Z')

const lineOf = (timestamp: unknown) =>
  ({
    source: 'a.ndjson',
    index: 0,
    line: 7,
    raw: '',
    event: { type: 'track', event: 'Order Completed', timestamp }
  }) as EventLine

const guardOf = (confirm: () => Promise<void>) => createOldEventGuard({ confirm, now: () => NOW })

describe('createOldEventGuard', () => {
  let printed: string

  beforeEach(() => {
    printed = ''
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed += String(text)
      return true
    })
  })

  afterEach(() => {
    jest.restoreAllMocks()
  })

  it.each([['2026-03-01T00:00:00Z'], ['2027-01-01'], [undefined], [null], ['soon'], [{}], [NOW]])(
    'asks nothing of an event at %j',
    (timestamp) => {
      const confirm = jest.fn()
      expect(guardOf(confirm)(lineOf(timestamp), false)).toBeUndefined()
      expect(confirm).not.toHaveBeenCalled()
      expect(printed).toBe('')
    }
  )

  it('asks once, with the place and day of the first old event', async () => {
    const confirm = jest.fn(() => Promise.resolve())
    const guard = guardOf(confirm)
    const old = lineOf('2026-02-28T23:59:59Z')
    await Promise.all([guard(old, false), guard(old, false)])
    expect(confirm.mock.calls).toEqual([['Send events that are older than 30 days?']])
    expect(printed).toContain('a.ndjson:7 is dated 2026-02-28, but events have no timestamp in MAPI')
  })

  it('asks nothing of updates of customers', () => {
    expect(guardOf(jest.fn())(lineOf('2020-01-01'), true)).toBeUndefined()
  })
})

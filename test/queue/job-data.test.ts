import type { SegmentEvent } from '@segment/actions-core'
import { customerOf, fingerprintOf } from '../../src/queue/job-data'

describe('fingerprintOf', () => {
  it('is equal for equal values, and a valid job ID', () => {
    const value = { subscribe: 'type = "track"', mapping: { eventType: { '@path': '$.event' } } }
    expect(fingerprintOf(value)).toBe(fingerprintOf(structuredClone(value)))
    expect(fingerprintOf(value)).toMatch(/^[\w-]{22}$/)
  })

  it('differs for different values, however they are composed', () => {
    const values = [
      null,
      '',
      'ab',
      ['a', 'b'],
      ['ab'],
      ['a,b'],
      { a: 'b' },
      { a: ['b'] },
      '["a","b"]',
      0,
      '0'
    ]
    expect(new Set(values.map(fingerprintOf)).size).toBe(values.length)
  })
})

describe('customerOf', () => {
  const of = (event: Partial<SegmentEvent>, merchant = 'shop') =>
    customerOf(merchant, { type: 'track', ...event })

  it('uses the userId, else the anonymousId', () => {
    const byUser = of({ userId: 'u-1' })
    expect(byUser).toMatch(/^[\w-]{22}$/)
    expect(of({ userId: 'u-1', anonymousId: 'a-1' })).toBe(byUser)
    expect(of({ anonymousId: 'a-1' })).toBe(of({ anonymousId: 'a-1', userId: ' ' }))
    expect(of({ anonymousId: 'a-1', userId: null })).toBe(of({ anonymousId: 'a-1' }))
    expect(of({ anonymousId: 'a-1' })).not.toBe(byUser)
  })

  it('differs between merchants', () => {
    expect(of({ userId: 'u-1' }, 'shop-1')).not.toBe(of({ userId: 'u-1' }, 'shop-2'))
    expect(of({ userId: 'b-c' }, 'a')).not.toBe(of({ userId: 'c' }, 'a-b'))
  })

  it('does not reveal the customer', () => {
    expect(of({ userId: 'ada.byron@example.com' })).not.toContain('ada')
  })

  it.each([{}, { userId: '' }, { userId: null, anonymousId: ' ' }])('is missing in %j', (event) => {
    expect(of(event)).toBeUndefined()
  })
})

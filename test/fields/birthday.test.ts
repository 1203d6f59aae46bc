import fc from 'fast-check'
import { parseBirthday } from '../../src'

const pad = (number: number, length: number) => String(number).padStart(length, '0')

describe('parseBirthday', () => {
  it.each([
    ['1990-05-17', { year: 1990, month: 5, day: 17 }],
    [' 1990-05-17 ', { year: 1990, month: 5, day: 17 }],
    ['1990-05-17T00:00:00.000Z', { year: 1990, month: 5, day: 17 }],
    ['1990-05-17T23:59:59-08:00', { year: 1990, month: 5, day: 17 }],
    ['1990-05-17 08:30', { year: 1990, month: 5, day: 17 }],
    ['2000-02-29', { year: 2000, month: 2, day: 29 }],
    ['0099-12-31', { year: 99, month: 12, day: 31 }],
    ['0000-12-25', { month: 12, day: 25 }],
    ['0000-02-29', { month: 2, day: 29 }],
    ['--02-29', { month: 2, day: 29 }],
    ['12-25', { month: 12, day: 25 }]
  ])('parses %p', (text, birthday) => {
    expect(parseBirthday(text)).toEqual(birthday)
  })

  it.each([
    '',
    'yesterday',
    '17.5.1990',
    '5/17/1990',
    '1990-5-17',
    '1990-05',
    '1990-13-01',
    '1990-00-10',
    '1990-01-00',
    '1990-02-30',
    '1990-04-31',
    '1900-02-29',
    '2001-02-29',
    '0000-02-30',
    '--13-01',
    '-12-25',
    '1990-05-17x',
    '1990-05-17T',
    '19900517',
    '+1990-05-17'
  ])('rejects %p', (text) => {
    expect(parseBirthday(text)).toBeUndefined()
  })

  it('parses every day that exists, and no other', () => {
    const part = (max: number) => fc.integer({ min: 0, max })
    fc.assert(
      fc.property(part(9999), part(13), part(32), (year, month, day) => {
        const date = new Date(0)
        date.setUTCFullYear(year === 0 ? 2000 : year, month - 1, day)
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day
        const expected = exists ? { ...(year > 0 && { year }), month, day } : undefined
        expect(parseBirthday(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`)).toEqual(expected)
      }),
      { numRuns: 2000 }
    )
  })
})

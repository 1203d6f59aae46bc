import { backoffMs } from '../../src/host/backoff'

afterEach(() => {
  jest.restoreAllMocks()
})

describe('backoffMs', () => {
  it.each([
    [0, 500],
    [1, 1000],
    [5, 16_000],
    [6, 30_000],
    [1_000_000, 30_000]
  ])('is a random share of a maximum that doubles up to 30 s: after %d retries, of %d ms', (retries, ms) => {
    const random = jest.spyOn(Math, 'random')
    for (const part of [0, 0.5, 1]) {
      random.mockReturnValue(part)
      expect(backoffMs(retries, undefined)).toBe(part * ms)
    }
  })

  it.each([
    [0, 15_000],
    [7000, 15_000],
    [15_001, 15_001],
    [3_600_000, 3_600_000]
  ])('is at least as long as MAPI asks, and not shorter than without that: %d ms', (afterMs, ms) => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    expect(backoffMs(9, afterMs)).toBe(ms)
  })
})

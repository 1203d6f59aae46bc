import { hasFallen, judge } from '../../bench/goals'

/** The figures of three rounds. */
const rounds = (...micros: number[]) => micros.map((each) => ({ micros: each }))

const costs = { scenario: 'on-event', figure: 'micros', against: 'peer' }

describe('a goal of the bench', () => {
  it('is judged by the median of the ratios within each round, whatever a busy round costs', () => {
    const results = { 'on-event': { ours: rounds(110, 900, 90), peer: rounds(100, 1000, 100) } }

    expect(judge({ ...costs, atMost: 0.9 }, results)).toEqual({
      ...costs,
      atMost: 0.9,
      median: 0.9,
      lowest: 0.9,
      highest: 1.1,
      isMet: true
    })
  })

  it('lies between the two middle rounds where their number is even', () => {
    const results = { 'on-event': { ours: rounds(100, 300), peer: rounds(100, 100) } }

    expect(judge({ ...costs, atMost: 2 }, results)).toMatchObject({ median: 2, isMet: true })
    expect(judge({ ...costs, atMost: 1.9 }, results)).toMatchObject({ median: 2, isMet: false })
  })

  it('may be a least, and may be about a figure by itself', () => {
    const results = { memory: { ours: [{ tokens: 9 }] } }
    const tokens = { scenario: 'memory', figure: 'tokens' }

    expect(judge({ ...tokens, atLeast: 9 }, results)).toMatchObject({ median: 9, isMet: true })
    expect(judge({ ...tokens, atLeast: 10 }, results)).toMatchObject({ median: 9, isMet: false })
  })

  it('is not judged where a contestant or the scenario was not measured', () => {
    expect(judge({ ...costs, atMost: 1 }, { 'on-event': { ours: rounds(1) } })).toEqual({
      ...costs,
      atMost: 1
    })
    expect(judge({ ...costs, atMost: 1 }, {})).toEqual({ ...costs, atMost: 1 })
  })

  it('falls where it is missed, unless it is a time or was not measured', () => {
    expect(hasFallen({ ...costs, isMet: false })).toBe(true)
    expect(hasFallen({ ...costs, isMet: true })).toBe(false)
    expect(hasFallen({ ...costs, isMet: false, isTime: true })).toBe(false)
    expect(hasFallen(costs)).toBe(false)
  })

  it('is missed where a figure is no number', () => {
    const results = { 'on-event': { ours: [{}], peer: rounds(1) } }

    expect(hasFallen(judge({ ...costs, atMost: 1 }, results))).toBe(true)
  })
})

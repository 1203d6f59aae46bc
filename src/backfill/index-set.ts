/** Whole numbers from the first up to, but not with, the second. */
export type IndexRange = [from: number, below: number]

/** A set of whole numbers from 0 that takes memory for its gaps, and not for its numbers. */
export interface IndexSet {
  has: (index: number) => boolean
  /** Adds a number; it must not be in the set. */
  add: (index: number) => void
  /** How many numbers are in the set. */
  readonly size: number
  /** Every number below this one is in the set; this one is not. */
  readonly below: number
  /** What is in the set beyond, in order, with a gap before each range. */
  readonly beyond: readonly IndexRange[]
}

/** A set of all numbers below one and those in ranges beyond it, which are in order and have a gap before each. */
export const createIndexSet = (below = 0, beyond: readonly IndexRange[] = []): IndexSet => {
  const ranges: [IndexRange, ...IndexRange[]] = [[0, below], ...beyond]
  let size = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  const rangeAt = (index: number) => ranges.findLastIndex(([from]) => from <= index)
  return {
    has: (index) => index < (ranges[rangeAt(index)]?.[1] ?? 0),
    add: (index) => {
      const at = rangeAt(index)
      const [before, after] = ranges.slice(at, at + 2)
      const from = before?.[1] === index ? before[0] : index
      const to = after?.[0] === index + 1 ? after[1] : index + 1
      const joined = Number(before?.[1] === index) + Number(after?.[0] === index + 1)
      ranges.splice(before?.[1] === index ? at : at + 1, joined, [from, to])
      size += 1
    },
    get size() {
      return size
    },
    get below() {
      return ranges[0][1]
    },
    get beyond() {
      return ranges.slice(1)
    }
  }
}

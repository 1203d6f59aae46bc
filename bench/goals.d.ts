export interface Goal {
  scenario: string
  figure: string
  against?: string
  atMost?: number
  atLeast?: number
  isTime?: boolean
}

export interface Judgement extends Goal {
  median?: number
  lowest?: number
  highest?: number
  isMet?: boolean
}

export const goals: readonly Goal[]
export const judge: (
  goal: Goal,
  results: Record<string, Record<string, readonly Record<string, number>[]>>
) => Judgement
export const hasFallen: (judgement: Judgement) => boolean
export const medianOf: (values: readonly number[]) => number

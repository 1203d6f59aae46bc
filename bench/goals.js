/*
 * What the bench is to show, declared once. A goal is about a figure of `ours` in a scenario: by itself, or divided by
 * that of another contestant in the same round. `isTime` marks what depends on the machine.
 */
const goals = [
  { scenario: 'host', figure: 'micros', against: 'core', atMost: 0.2 },
  { scenario: 'send', figure: 'perCpuSecond', against: 'undici', atLeast: 0.45 },
  { scenario: 'send', figure: 'perCpuSecond', against: 'peer', atLeast: 3 },
  { scenario: 'send-memory', figure: 'peakMB', atMost: 120 },
  { scenario: 'send-memory', figure: 'lost', atMost: 0 },
  { scenario: 'send-memory', figure: 'doubled', atMost: 0 },
  { scenario: 'worker', figure: 'micros', against: 'bullmq', atMost: 3 },
  { scenario: 'on-event-same-mapping', figure: 'micros', against: 'peer', atMost: 1 },
  { scenario: 'on-event', figure: 'micros', against: 'peer', atMost: 1.1 },
  { scenario: 'on-batch', figure: 'micros', against: 'peer', atMost: 0.75 },
  { scenario: 'mapping', figure: 'trackCustomer', against: 'peer', atMost: 1 },
  { scenario: 'mapping', figure: 'trackPurchase', against: 'peer', atMost: 1 },
  { scenario: 'mapping', figure: 'trackSignUp', against: 'peer', atMost: 1 },
  { scenario: 'mapping', figure: 'trackCustomEvent', against: 'peer', atMost: 1 },
  { scenario: 'cold-start', figure: 'addedMs', against: 'peer', atMost: 0.35 },
  { scenario: 'cold-start', figure: 'addedModules', atMost: 20 },
  { scenario: 'cli-start', figure: 'previewHelpMs', atMost: 250, isTime: true },
  { scenario: 'cli-start', figure: 'sendHelpMs', atMost: 250, isTime: true },
  { scenario: 'cli-start', figure: 'previewMs', atMost: 350, isTime: true },
  { scenario: 'authorizations', figure: 'authorizations', atMost: 10 },
  { scenario: 'authorizations', figure: 'tokens', atLeast: 10 },
  { scenario: 'memory', figure: 'tokensMB', atMost: 10 },
  { scenario: 'memory', figure: 'growthMB', atMost: 1 }
]

const medianOf = (values) => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

/**
 * Compares a goal with the figures of each round.
 *
 * @param results by scenario and contestant, the figures of each round
 * @returns the goal with what was measured, or as it is where a contestant is missing
 */
const judge = (goal, results) => {
  const { scenario, figure, against, atMost = Infinity, atLeast = -Infinity } = goal
  const { ours, [against]: others } = results[scenario] ?? {}
  if (!ours || (against && !others)) return goal
  const values = ours.map((round, index) => round[figure] / (against ? others[index][figure] : 1))
  const median = medianOf(values)
  return {
    ...goal,
    median,
    lowest: Math.min(...values),
    highest: Math.max(...values),
    isMet: median <= atMost && median >= atLeast
  }
}

/** Whether a later change has to be looked at: times differ from machine to machine, and are left to the reader. */
const hasFallen = ({ isMet, isTime }) => isMet === false && !isTime

module.exports = { goals, hasFallen, judge, medianOf }

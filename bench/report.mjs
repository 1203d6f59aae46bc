/* The tables of a run, in Markdown, which a terminal shows as well. */
import { format } from 'prettier'
import { medianOf } from './goals.js'

const { format: toText } = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const toTable = (header, rows) =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The median of each figure, with a column for each contestant. */
const figuresTable = (scenarios, outcomes) => {
  const contestants = [...new Set(Object.values(outcomes).flatMap(({ figures }) => Object.keys(figures)))]
  const cell = (rounds, figure) => (rounds ? toText(medianOf(rounds.map((round) => round[figure]))) : '–')
  const rows = Object.entries(outcomes).flatMap(([name, { figures }]) =>
    Object.entries(scenarios[name].figures).map(([figure, label]) => [
      name,
      label,
      ...contestants.map((contestant) => cell(figures[contestant], figure))
    ])
  )
  return toTable(['scenario', 'figure', ...contestants], rows)
}

/** A goal as a row: what it is about, what was measured, and what is wanted. */
export const toGoalRow = (
  scenarios,
  { scenario, figure, against, median, lowest, highest, isMet, ...goal }
) => {
  const label = scenarios[scenario].figures[figure]
  const measured = median === undefined ? '–' : `${toText(median)} (${toText(lowest)} to ${toText(highest)})`
  const wanted = goal.atMost === undefined ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`
  const verdict = isMet === undefined ? 'not measured' : isMet ? 'met' : 'missed'
  return [scenario, against ? `${label}, ours to ${against}` : label, measured, wanted, verdict]
}

const goalsTable = (scenarios, judgements) =>
  toTable(
    ['scenario', 'goal', 'median (lowest to highest)', 'wanted', ''],
    judgements.map((judgement) => toGoalRow(scenarios, judgement))
  )

/** The shares of processor time by part, except for parts below one percent everywhere. */
const profilesTable = (profiles) => {
  const shareOf = (entries, part) => entries.find((entry) => entry.part === part)?.share ?? 0
  const parts = [...new Set(profiles.flatMap(({ entries }) => entries.map(({ part }) => part)))]
  const rows = parts
    .map((part) => [part, ...profiles.map(({ entries }) => shareOf(entries, part))])
    .filter(([, ...shares]) => shares.some((share) => share >= 0.01))
    .map(([part, ...shares]) => [part, ...shares.map((share) => `${toText(100 * share)} %`)])
  return toTable(['part', ...profiles.map(({ title }) => title)], rows)
}

const toProfiles = (outcomes) =>
  Object.entries(outcomes).flatMap(([name, { profiles }]) =>
    Object.entries(profiles).map(([contestant, entries]) => ({ title: `${name}, ${contestant}`, entries }))
  )

/** The tables of a run. */
export const toReport = (scenarios, outcomes, judgements) => {
  const [first] = Object.values(outcomes)
  const profiles = toProfiles(outcomes)
  return format(
    [
      ...(first ? [`${first.at.slice(0, 10)}, Node ${first.node}, ${first.machine}.`] : []),
      goalsTable(scenarios, judgements),
      figuresTable(scenarios, outcomes),
      ...(profiles.length > 0 ? [profilesTable(profiles)] : [])
    ].join('\n\n'),
    { parser: 'markdown' }
  )
}

/* The tables of a run, in Markdown, which a terminal shows as well. */
import { format } from 'prettier'
import { medianOf } from './goals.js'

const { format: toText } = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

const toTable = (header, rows) =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** The median of each figure, with a column for each contestant. */
const figuresTable = (scenarios, results) => {
  const contestants = [...new Set(Object.values(results).flatMap(Object.keys))]
  const cell = (rounds, figure) => (rounds ? toText(medianOf(rounds.map((round) => round[figure]))) : '–')
  const rows = Object.entries(results).flatMap(([name, byContestant]) =>
    Object.entries(scenarios[name].figures).map(([figure, label]) => [
      name,
      label,
      ...contestants.map((contestant) => cell(byContestant[contestant], figure))
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

/** The shares of processor time by part; what has less than a hundredth everywhere is left out. */
const profilesTable = (profiles) => {
  const names = Object.keys(profiles)
  const shareOf = (name, part) => profiles[name].find((entry) => entry.part === part)?.share ?? 0
  const parts = [...new Set(Object.values(profiles).flatMap((entries) => entries.map(({ part }) => part)))]
  const rows = parts
    .filter((part) => names.some((name) => shareOf(name, part) >= 0.01))
    .map((part) => [part, ...names.map((name) => `${toText(100 * shareOf(name, part))} %`)])
  return toTable(['part', ...names], rows)
}

/** What a run has to show. */
export const toReport = (scenarios, { at, machine, node, results, judgements, profiles }) =>
  format(
    [
      `${at.slice(0, 10)}, Node ${node}, ${machine}.`,
      figuresTable(scenarios, results),
      goalsTable(scenarios, judgements),
      ...(Object.keys(profiles).length > 0 ? [profilesTable(profiles)] : [])
    ].join('\n\n'),
    { parser: 'markdown' }
  )

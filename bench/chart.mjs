/* The chart of docs/performance.md: where the processor time of an event goes, before and after. */
import { medianOf } from './goals.js'

/** Parts of a profile as the chart groups them: the first that fits. */
const GROUPS = [
  {
    label: 'actions-core: mapping and checks',
    color: '#c2410c',
    pattern: /^@segment\/|^ajv|^dayjs|custom-error/
  },
  { label: 'this package', color: '#1d4ed8', pattern: /^this package/ },
  { label: 'undici', color: '#0f766e', pattern: /^undici/ },
  { label: 'Node: TLS, sockets, streams', color: '#64748b', pattern: /^Node|^native/ },
  { label: 'garbage collection', color: '#a16207', pattern: /^garbage/ },
  { label: 'other', color: '#a1a1aa', pattern: /^/ }
]

const BARS = [
  { label: 'before', contestant: 'core' },
  { label: 'after', contestant: 'ours' }
]

const WIDTH = 760
const LEFT = 70
const BAR = { height: 36, gap: 18, top: 44 }

/** The groups of a contestant with their µs. */
const segmentsOf = (rounds, parts) => {
  const micros = medianOf(rounds.map((round) => round.micros))
  return GROUPS.map((group) => {
    const isOf = ({ part }) => GROUPS.find(({ pattern }) => pattern.test(part)) === group
    const share = parts.filter(isOf).reduce((sum, part) => sum + part.share, 0)
    return { ...group, micros: share * micros }
  })
}

/**
 * Draws the chart as SVG.
 *
 * @param send outcome of the scenario `send`: figures and profiles by contestant
 */
export const drawChart = ({ figures, profiles }) => {
  const bars = BARS.map(({ label, contestant }) => {
    const segments = segmentsOf(figures[contestant], profiles[contestant])
    return { label, segments, total: segments.reduce((sum, { micros }) => sum + micros, 0) }
  })
  const scale = (WIDTH - LEFT - 80) / Math.max(...bars.map(({ total }) => total))
  const rows = bars.flatMap(({ label, segments, total }, row) => {
    const y = BAR.top + row * (BAR.height + BAR.gap)
    const middle = y + BAR.height / 2 + 4
    let x = LEFT
    const boxes = segments.map(({ color, micros, label: title }) => {
      const width = micros * scale
      const text =
        width > 28
          ? `<text x="${x + width / 2}" y="${middle}" fill="#fff" text-anchor="middle">${Math.round(micros)}</text>`
          : ''
      const box = `<rect x="${x}" y="${y}" width="${width}" height="${BAR.height}" fill="${color}"><title>${title}: ${Math.round(micros)} µs</title></rect>${text}`
      x += width
      return box
    })
    return [
      `<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${label}</text>`,
      ...boxes,
      `<text x="${x + 8}" y="${middle}" font-weight="bold">${Math.round(total)} µs</text>`
    ]
  })
  const top = BAR.top + bars.length * (BAR.height + BAR.gap) + 8
  const legend = GROUPS.map(({ label, color }, index) => {
    const x = LEFT + (index % 3) * 250
    const y = top + Math.floor(index / 3) * 22
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${color}"/><text x="${x + 18}" y="${y + 11}">${label}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 52}" font-family="system-ui, sans-serif" font-size="13" fill="#18181b">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${LEFT}" y="24" font-weight="bold">send: processor time of an event, µs</text>`,
    ...rows,
    ...legend,
    '</svg>\n'
  ].join('\n')
}

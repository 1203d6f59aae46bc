/* Where the processor time goes while something runs. */
const { readFileSync } = require('node:fs')
const { Session } = require('node:inspector/promises')
const { fileURLToPath } = require('node:url')

/** The parts of Node, by the paths of its modules: the first that fits. */
const NODE_PARTS = [
  [/http/, 'Node: HTTP'],
  [/tls|net$|stream_base|crypto/, 'Node: TLS and sockets'],
  [/stream/, 'Node: streams'],
  [/url/, 'Node: URLs'],
  [/abort|event/, 'Node: events and abort signals'],
  [/./, 'Node: the rest']
]

const linesByUrl = new Map()

/** Bundled packages have no line breaks, so that a function of theirs stands in a long line. */
const isBundled = (url, lineNumber) => {
  const lines = linesByUrl.get(url) ?? readFileSync(fileURLToPath(new URL(url, 'file:')), 'utf8').split('\n')
  linesByUrl.set(url, lines)
  return lines[lineNumber].length > 300
}

/** The part of the process that a function belongs to; a function without a file belongs to its caller's. */
const partOf = ({ functionName, url, lineNumber }, callersPart) => {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return 'native code: TLS, sockets, the event loop'
  if (url === '') return callersPart
  if (url.startsWith('node:')) return NODE_PARTS.find(([pattern]) => pattern.test(url))[1]
  const packages = [...url.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)]
  if (packages.length > 0) return packages.at(-1)[1]
  if (!url.includes('/dist/')) return 'the bench'
  return isBundled(url, lineNumber) ? 'undici and what else is bundled' : 'this package'
}

/** The parts of a profile with their shares of its samples, the largest first; waiting is none. */
const toParts = ({ nodes, samples }) => {
  const nodeById = new Map(nodes.map((node) => [node.id, node]))
  const partById = new Map()
  const assign = (id, callersPart) => {
    const { callFrame, children = [] } = nodeById.get(id)
    const part = partOf(callFrame, callersPart)
    partById.set(id, part)
    for (const child of children) assign(child, part)
  }
  assign(nodes[0].id, 'Node: the rest')

  const busy = samples.filter((id) => nodeById.get(id).callFrame.functionName !== '(idle)')
  const counts = new Map()
  for (const part of busy.map((id) => partById.get(id))) counts.set(part, (counts.get(part) ?? 0) + 1)
  return [...counts]
    .map(([part, count]) => ({ part, share: count / busy.length }))
    .sort((one, other) => other.share - one.share)
}

exports.profile = async (work) => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 250 })
  await session.post('Profiler.start')
  await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return toParts(profile)
}

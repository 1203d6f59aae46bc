/*
 * Measures the contestants by turns and shows how they stand:
 *
 *   npm run bench -- [scenario or contestant …] [--rounds N] [--scale N] [--profile]
 *   npm run bench -- --kept              reports the kept results, and rewrites docs/performance.md if they are complete
 *   npm run bench:check [-- --kept]      the same; fails if a goal is missed
 *
 * Without names it measures all. Scenarios that are measured in full size are kept in bench/results.json, each as soon as it
 * is complete, so that a run can be made in pieces. `--scale 0.1` sends a tenth of the events, `--profile` shows where the time
 * goes.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import events from './events.js'
import { goals, hasFallen, judge } from './goals.js'
import { toMessage, withMapi } from './mapi.mjs'
import { installPeer } from './peer.mjs'
import { withRedis } from './redis.mjs'
import { toGoalRow, toReport } from './report.mjs'
import { drawChart } from './chart.mjs'

const require = createRequire(import.meta.url)
const HERE = import.meta.dirname
const DOCUMENT = join(HERE, '../docs/performance.md')
const CHART = join(HERE, '../docs/performance.svg')
const KEPT = join(HERE, 'results.json')
const TABLES = /(?<=<!-- bench -->).*(?=<!-- \/bench -->)/s

const NAMES = [
  ...['host', 'send', 'send-memory', 'worker', 'on-event', 'on-event-same-mapping', 'on-batch', 'mapping'],
  ...['cold-start', 'cli-start', 'authorizations', 'memory']
]
const scenarios = Object.fromEntries(NAMES.map((name) => [name, require(`./scenarios/${name}.js`)]))

/** Enough for ratios within a few hundredths on a machine that does little else. */
const ROUNDS = 7

/** The scenarios and contestants whose processor time is taken apart. */
const PROFILED = [
  { name: 'send', contestant: 'ours' },
  { name: 'send', contestant: 'core' },
  { name: 'on-event', contestant: 'ours' }
]

const MACHINE = {
  machine: `${availableParallelism()} cores of ${cpus()[0].model}`,
  node: process.versions.node
}

/** These are installed for the bench only. */
const INSTALLED = ['peer', 'undici']

/** The scenarios that are asked for, with those of their contestants that are. */
const choose = (asked) => {
  const known = [...new Set(Object.values(scenarios).flatMap(({ contestants }) => contestants))]
  const unknown = asked.filter((name) => !NAMES.includes(name) && !known.includes(name))
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', no ')}; there are ${[...NAMES, ...known].join(', ')}.`)
  }
  /** Those of all that are asked for; where none is, all. */
  const pick = (all) =>
    all.some((name) => asked.includes(name)) ? all.filter((name) => asked.includes(name)) : all
  const isAsked = (contestant) => pick(known).includes(contestant)
  return pick(NAMES)
    .map((name) => ({ name, contestants: scenarios[name].contestants.filter(isAsked) }))
    .filter(({ contestants }) => contestants.length > 0)
}

/** A function that measures one contestant in a process of its own. */
const measuring =
  ({ folder, execArgv, env }) =>
  async (scenario, contestant, options) => {
    const args = [scenario, contestant, JSON.stringify({ ...options, folder })]
    const child = fork(join(HERE, 'measure.js'), args, {
      execArgv: ['--expose-gc', ...execArgv],
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    })
    const [figures] = await Promise.all([toMessage(child), once(child, 'exit')])
    return figures
  }

/** The body that ours makes of the order, for those that post a fixed one. */
const makeBody = async () => {
  const { previewEvent } = require('actions-friendbuy-cloud')
  const [{ body }] = await previewEvent(events.eventOf.trackPurchase)
  return body
}

/** The figures of each round, by contestant: A B C A B C …, so that a busy minute meets all alike. */
const measureRounds = async ({ name, contestants }, measure, { rounds, ...options }) => {
  const byContestant = Object.fromEntries(contestants.map((contestant) => [contestant, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      console.error(`${name} ${round}/${rounds}: ${contestant}`)
      byContestant[contestant].push(await measure(name, contestant, options))
    }
  }
  return byContestant
}

/** The profiles of a scenario, by contestant. */
const profileContestants = async ({ name, contestants }, measure, options) => {
  const profiles = {}
  for (const { contestant } of PROFILED.filter((profiled) => profiled.name === name)) {
    if (!contestants.includes(contestant)) continue
    console.error(`${name}: profile of ${contestant}`)
    const { profile } = await measure(name, contestant, { ...options, withProfile: true })
    profiles[contestant] = profile
  }
  return profiles
}

const readKept = async () => {
  const kept = await readFile(KEPT, 'utf8').then(JSON.parse, () => ({}))
  return Object.fromEntries(NAMES.filter((name) => name in kept).map((name) => [name, kept[name]]))
}

/** Measures scenarios, and keeps each that is measured in full. */
const measureAll = async (chosen, measure, { isFullSize, withProfiles, ...options }) => {
  const outcomes = {}
  for (const scenario of chosen) {
    const { name, contestants } = scenario
    const rounds = options.rounds ?? scenarios[name].rounds ?? ROUNDS
    const figures = await measureRounds(scenario, measure, { ...options, rounds })
    const profiles = withProfiles ? await profileContestants(scenario, measure, options) : {}
    outcomes[name] = { at: new Date().toISOString(), ...MACHINE, figures, profiles }
    if (isFullSize && contestants.length === scenarios[name].contestants.length) {
      await writeFile(KEPT, `${JSON.stringify({ ...(await readKept()), [name]: outcomes[name] }, null, 2)}\n`)
    }
  }
  return outcomes
}

/** The published destination's default mapping of orders, if it is installed. */
const readPeerMapping = (chosen) => {
  if (!chosen.some(({ name }) => name === 'on-event-same-mapping')) return undefined
  const { default: definition } = require('./.peer/friendbuy/index.js')
  const { defaultValues } = require('@segment/actions-core')
  return defaultValues(definition.actions.trackPurchase.fields)
}

/** Runs Redis as long as some work takes, if a scenario needs it. */
const withRedisFor = (chosen, folder, work) =>
  chosen.some(({ name }) => scenarios[name].needsRedis) ? withRedis(folder, work) : work()

/** Without a network, the bench goes on without what it would install. */
const withoutMissing = async (chosen) => {
  if (!chosen.some(({ contestants }) => contestants.some((name) => INSTALLED.includes(name)))) return chosen
  try {
    await installPeer()
    return chosen
  } catch (error) {
    const [why] = (error.stderr || error.message).split('\n', 1)
    console.error(`Goes on without ${INSTALLED.join(' and ')}, which cannot be installed: ${why}`)
    return chosen.map(({ name, contestants }) => ({
      name,
      contestants: contestants.filter((contestant) => !INSTALLED.includes(contestant))
    }))
  }
}

const main = async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      scale: { type: 'string' },
      profile: { type: 'boolean', default: false },
      kept: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false }
    }
  })
  const isPart = positionals.length > 0 || values.rounds !== undefined || values.scale !== undefined
  const outcomes = values.kept ? await readKept() : await measureChosen(positionals, values)
  const judgements = judgeAll(outcomes)
  const report = await toReport(scenarios, outcomes, judgements)
  console.log(report)
  if (!isPart && NAMES.every((name) => name in outcomes)) await writeDocument(report, outcomes)
  const fallen = judgements.filter(hasFallen)
  if (values.check && fallen.length > 0) {
    console.error('These have fallen behind their goals:')
    for (const judgement of fallen) console.error(`  ${toGoalRow(scenarios, judgement).join('  ')}`)
    process.exitCode = 1
  }
}

/** Measures what is asked for, and gives the outcome of each scenario. */
const measureChosen = async (names, { rounds, scale, profile }) => {
  const chosen = await withoutMissing(choose(names))
  const options = {
    isFullSize: rounds === undefined && scale === undefined,
    withProfiles: profile || names.length === 0,
    rounds: rounds && Number(rounds),
    scale: Number(scale ?? 1),
    body: await makeBody(),
    peerMapping: readPeerMapping(chosen)
  }
  return withMapi((mapi) =>
    withRedisFor(chosen, mapi.folder, (redis) => measureAll(chosen, measuring(mapi), { ...options, redis }))
  )
}

const judgeAll = (outcomes) => {
  const results = Object.fromEntries(Object.entries(outcomes).map(([name, { figures }]) => [name, figures]))
  return goals.filter(({ scenario }) => results[scenario]).map((goal) => judge(goal, results))
}

const writeDocument = async (report, { send }) => {
  await writeFile(CHART, drawChart(send))
  const document = await readFile(DOCUMENT, 'utf8')
  await writeFile(
    DOCUMENT,
    document.replace(TABLES, () => `\n\n${report}\n`)
  )
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 2
})

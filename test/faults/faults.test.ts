import { globalAgent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { isRetryableStatus } from '../../src/mapi/errors'
import { toStatus } from '../../src/messages'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { setClock } from '../support/clock'
import { newSettings } from '../support/credentials'
import { type Relay, startRelay } from '../support/relay'
import {
  aCustomer,
  aCustomEvent,
  aPurchase,
  aSignUp,
  callerNames,
  callers,
  type Sent,
  type TestEvent
} from './callers'
import {
  atAuthorization,
  atCall,
  atToken,
  AUTHORIZATION,
  CALL,
  type Fault,
  onRetry,
  type Reach,
  type Repeated,
  type Row,
  WAITING
} from './rows'

const MINUTE = 60_000

let sandbox: Sandbox
let relay: Relay | undefined
let recorded: () => void

beforeEach(async () => {
  sandbox = await startSandbox({
    onCall: () => {
      recorded()
    }
  })
  recorded = () => undefined
})

afterEach(async () => {
  jest.useRealTimers()
  jest.restoreAllMocks()
  await relay?.close()
  relay = undefined
  await sandbox.close()
})

/** The address to call MAPI by, which is a relay's for a fault on the way. */
const addressFor = async ({ relay: toFault }: Fault, paths: readonly string[], once = false) => {
  if (!toFault) return sandbox.url
  relay = await startRelay(sandbox.url, { ...toFault(paths), once })
  return relay.url
}

/** Lets a fault begin; the function that this gives ends it. */
const begin = async ({ fault, isGone, times }: Fault, path: string, secret: string) => {
  if (isGone) {
    // Connections that are kept for a next call would break, and not be refused.
    globalAgent.destroy()
    await sandbox.close()
  }
  const undo = fault && sandbox.injectFault(fault(secret), { path, ...(times && { times }) })
  return () => {
    undo?.()
    relay?.mend()
  }
}

/** Waits a while for the calls that are still to reach the sandbox: it takes note of a late one when it answers. */
const untilRecords = async (number: number) => {
  const arrived = new Promise<void>((resolve) => {
    recorded = () => {
      if (sandbox.records.length >= number) resolve()
    }
    recorded()
  })
  await Promise.race([arrived, delay(1000, undefined, { ref: false })])
}

/** What reached the sandbox after its first records. */
const reachedAfter = (first: number): Reach => {
  const records = sandbox.records.slice(first)
  const calls = records.filter(({ path }) => path !== AUTHORIZATION).length
  return { authorizations: records.length - calls, calls }
}

/** How many events the sandbox has counted after its first records, the repeated ones once. */
const countAfter = (first: number) =>
  sandbox.records
    .slice(first)
    .filter(({ eventId, duplicateOf }) => eventId !== undefined && duplicateOf === undefined).length

const expectNoCredential = (sent: readonly Sent[], settings: object) => {
  const everything = inspect(sent, { depth: 20, showHidden: true })
  for (const credential of [...(Object.values(settings) as string[]), 'sandbox-', 'Bearer']) {
    expect(everything).not.toContain(credential)
  }
}

const purchases = (number: number) => Array.from({ length: number }, (_, index) => aPurchase(`o-${index}`))

/** Tells if an event may be retried, by its error or, in a batch, by its status. */
const mayTryAgain = ({ thrown, seen }: Sent) => isRetryableStatus(toStatus(thrown ?? seen) ?? 500)

const reachOf = ({ reaches }: Pick<Row, 'reaches'>, caller: keyof Row['sees']) =>
  caller === 'client' ? reaches.client : reaches.host

const cases = (rows: readonly Row[]) =>
  rows.flatMap((row) => callerNames.map((caller) => [row.fault.title, caller, row] as const))

describe('At the call of an event', () => {
  it.each(cases(atCall))('%s, by %s', async (_title, caller, row) => {
    setClock(Math.floor(Date.now() / 1000) * 1000)
    const settings = newSettings()
    const mapiUrl = await addressFor(row.fault, [CALL])
    await callers.perform([aCustomer], { settings, mapiUrl })
    const first = sandbox.records.length
    await begin(row.fault, CALL, settings.authSecret)

    const event = aPurchase('o-1')
    const sent = await callers[caller]([event], { settings, mapiUrl, timeoutMs: row.fault.timeoutMs })
    const reach = reachOf(row, caller)
    await untilRecords(first + reach.authorizations + reach.calls)

    expect(sent.map(({ seen }) => seen)).toEqual([row.sees[caller]])
    expect(reachedAfter(first)).toEqual(reach)
    expect(countAfter(first)).toBe(row.recorded)
    expectNoCredential(sent, settings)
    if (row.tryAgain !== undefined) expect(sent.map((one) => mayTryAgain(one))).toEqual([row.tryAgain])
  })
})

describe('At the authorization that several events wait for', () => {
  it.each(cases(atAuthorization))('%s, by %s', async (_title, caller, row) => {
    setClock(Math.floor(Date.now() / 1000) * 1000)
    const settings = newSettings()
    const mapiUrl = await addressFor(row.fault, [AUTHORIZATION])
    const end = await begin(row.fault, AUTHORIZATION, settings.authSecret)

    const events = purchases(WAITING)
    const sent = await callers[caller](events, { settings, mapiUrl, timeoutMs: row.fault.timeoutMs })
    const reach = reachOf(row, caller)
    await untilRecords(reach.authorizations + reach.calls)

    expect(sent.map(({ seen }) => seen)).toEqual(events.map(() => row.sees[caller]))
    expect(reachedAfter(0)).toEqual(reach)
    expect(countAfter(0)).toBe(row.recorded)
    expectNoCredential(sent, settings)
    if (row.tryAgain === undefined || row.fault.isGone) return

    // Nothing of the failure is kept.
    end()
    const first = sandbox.records.length
    const next = await callers[caller]([aPurchase('next')], { settings, mapiUrl })
    expect(next).toEqual([{ seen: 'delivered' }])
    expect(reachedAfter(first)).toEqual({ authorizations: 1, calls: 1 })
  })
})

describe('With a token', () => {
  const tokenCases = atToken.flatMap((row) => callerNames.map((caller) => [row.title, caller, row] as const))

  /** Moves the clock of MAPI's answers, which is the sandbox's, against the one here. */
  const moveClock = (minutes: number) => (answer: string) =>
    answer
      .replace(/(?<=^date: ).*$/im, new Date(Date.now() + minutes * MINUTE).toUTCString())
      .replace(/(?<="expires":")[^"]*/, (date) => new Date(Date.parse(date) + minutes * MINUTE).toISOString())

  it.each(tokenCases)(
    '%s, by %s',
    async (_title, caller, { minutesAhead, sees, recorded: expected, ...row }) => {
      const settings = newSettings()
      const send = (events: TestEvent[], mapiUrl: string) => callers[caller](events, { settings, mapiUrl })
      const events = purchases(WAITING)
      const sent: Sent[] = []
      const authorized: number[] = []
      let first = 0
      if (minutesAhead === undefined) {
        await send([aCustomer], sandbox.url)
        first = sandbox.records.length
        sandbox.revokeTokens()
        sent.push(...(await send(events, sandbox.url)))
      } else {
        relay = await startRelay(sandbox.url, { rewrite: moveClock(-minutesAhead) })
        const start = Date.now()
        for (const [index, minutes] of [0, 18.5, 19.5].entries()) {
          setClock(start + minutes * MINUTE)
          sent.push(...(await send(events.slice(index, index + 1), relay.url)))
          authorized.push(reachedAfter(0).authorizations)
        }
      }
      expect(sent).toEqual(events.map(() => ({ seen: sees[caller] })))
      expect(reachedAfter(first)).toEqual(reachOf(row, caller))
      expect(countAfter(first)).toBe(expected)
      if (minutesAhead !== undefined) expect(authorized).toEqual([1, 1, 2])
    }
  )
})

describe('Sent again after a fault', () => {
  const kinds = {
    'purchase, custom event with a deduplicationId': [
      aPurchase('o-1'),
      aCustomEvent({ deduplicationId: 'd-1' })
    ],
    'sign-up, custom event without a deduplicationId': [aSignUp, aCustomEvent({})]
  }

  /** A merchant's token, and then a fault that hits one call of each event. */
  const beginOnce = async (fault: Fault, events: readonly TestEvent[]) => {
    const settings = newSettings()
    const paths = events.map(({ path }) => path)
    const mapiUrl = await addressFor(fault, paths, true)
    await callers.perform([aCustomer], { settings, mapiUrl })
    const first = sandbox.records.length
    for (const path of paths) await begin({ ...fault, times: 1 }, path, settings.authSecret)
    return { options: { settings, mapiUrl }, first }
  }

  const expectReached = async (
    first: number,
    events: readonly TestEvent[],
    { calls, recorded: counted }: Repeated
  ) => {
    await untilRecords(first + calls * events.length)
    expect(reachedAfter(first)).toEqual({ authorizations: 0, calls: calls * events.length })
    expect(countAfter(first)).toBe(counted * events.length)
  }

  const retryCases = onRetry.map((row) => [row.fault.title, row.kinds, row] as const)

  it.each(retryCases)('%s, by the client: %s', async (_title, _kinds, { fault, client, ...row }) => {
    // The shortest of the random pauses.
    jest.spyOn(Math, 'random').mockReturnValue(0)
    const events = kinds[row.kinds]
    const { options, first } = await beginOnce(fault, events)
    const sent = await callers.client(events, { ...options, timeoutMs: fault.timeoutMs, retries: 1 })
    const expected =
      client.sees === 'delivered' ? 'delivered' : (expect.objectContaining({ error: client.sees }) as unknown)
    expect(sent.map(({ seen }) => seen)).toEqual(events.map(() => expected))
    await expectReached(first, events, client)
  })

  it.each(retryCases)('%s, by a host: %s', async (_title, _kinds, { fault, host, ...row }) => {
    const events = kinds[row.kinds]
    const { options, first } = await beginOnce(fault, events)
    const failed = await callers.perform(events, { ...options, timeoutMs: fault.timeoutMs })
    expect(failed).not.toContainEqual({ seen: 'delivered' })
    const sent = await callers.perform(events, options)
    expect(sent).toEqual(events.map(() => ({ seen: 'delivered' })))
    await expectReached(first, events, host)
  })
})

import { presetSubscriptions, toDefaultSubscription } from '../../src/host/subscriptions'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { atCall, type Row } from '../faults/rows'
import {
  createEnvironment,
  type Environment,
  EventNotSupported,
  InvalidEventPayload,
  RetryError,
  ValidationError
} from './environment'

const PURCHASE = '/v1/event/purchase'
const SIGN_UP = '/v1/event/account-sign-up'
const CUSTOM = '/v1/event/custom'

let sandbox: Sandbox
let environment: Environment

beforeEach(async () => {
  sandbox = await startSandbox()
  environment = createEnvironment(sandbox)
})
afterEach(() => sandbox.close())

const order = (orderId: unknown, messageId = `m-${String(orderId)}`) => ({
  type: 'track',
  event: 'Order Completed',
  messageId,
  userId: 'c-1',
  properties: { order_id: orderId, total: 20, currency: 'USD', email: 'ada@example.com' }
})
const signUp = (messageId = 'm-1') => ({
  type: 'track',
  event: 'Signed Up',
  messageId,
  userId: 'c-1',
  properties: { email: 'ada@example.com' }
})
const callsTo = (...paths: string[]) =>
  sandbox.records.filter(({ path }) => paths.includes(path)).map(({ path, status }) => `${path} ${status}`)

/** The class of Segment's that a failed event becomes. */
const classOf = ({ sees: { client }, tryAgain }: Row) => {
  if (client === 'delivered') return undefined
  if (tryAgain) return RetryError
  return client.error === 'AuthenticationError' ? ValidationError : InvalidEventPayload
}

describe('A fault', () => {
  // The rest happens on the way to the sandbox, or is a matter of a transport's own timeout.
  const rows = atCall.filter(({ fault }) => fault.fault && fault.timeoutMs === undefined)

  it.each(rows.map((row) => [row.fault.title, row] as const))(
    'becomes its error: %s',
    async (_title, row) => {
      const settings = newSettings()
      const { fault, times } = row.fault
      if (fault) sandbox.injectFault(fault(settings.authSecret), { path: PURCHASE, ...(times && { times }) })
      const handled = environment.onTrack(order('o-1'), settings)
      const expected = classOf(row)
      if (!expected) {
        await handled
        return
      }
      const error: unknown = await handled.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(expected)
      expect(String(error)).not.toMatch(/not-to-be-shown|sandbox-/)
      if (expected === ValidationError) expect(String(error)).toContain('(settings authKey and authSecret)')
    }
  )

  it('of the network becomes a RetryError', async () => {
    await sandbox.close()
    await expect(environment.onTrack(order('o-1'), newSettings())).rejects.toThrow(RetryError)
    sandbox = await startSandbox()
  })

  it('of a content type alone is none: JSON is delivered', async () => {
    const headers = { 'content-type': 'text/html' }
    sandbox.injectFault({ status: 201, body: '{}', headers }, { path: PURCHASE })
    await environment.onTrack(order('o-1'), newSettings())
    expect(callsTo(PURCHASE)).toEqual([`${PURCHASE} 201`])
  })

  it.each([
    ['400', 400, ValidationError],
    ['401', 401, ValidationError],
    ['403', 403, ValidationError],
    ['429', 429, RetryError],
    ['503', 503, RetryError]
  ])('of the authorization becomes its error: %s', async (_title, status, expected) => {
    sandbox.injectFault({ status, body: { message: 'no' } }, { path: '/v1/authorization' })
    await expect(environment.onTrack(order('o-1'), newSettings())).rejects.toThrow(expected)
    expect(callsTo(PURCHASE)).toEqual([])
  })

  it('after which a sign-up may count twice is not retried, and says why', async () => {
    sandbox.injectFault({ drop: 'after' }, { path: SIGN_UP })
    const handled = environment.onTrack(signUp(), newSettings())
    await expect(handled).rejects.toThrow(InvalidEventPayload)
    await expect(handled).rejects.toThrow('because it could count twice')
  })
})

describe('The time limit', () => {
  it('ends a call before Segment ends the handler', async () => {
    sandbox.injectFault({ latencyMs: 8000 }, { path: PURCHASE })
    const startedAt = Date.now()
    const events = Array.from({ length: 25 }, (_, index) => order(`o-${index}`))
    sandbox.injectFault({ cutShort: true }, { path: '/v1/customer' })
    const identify = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' } }
    const [cutShort, single, batch] = await Promise.all([
      environment.onIdentify(identify, newSettings()).catch((error: unknown) => error),
      environment.onTrack(order('o-1'), newSettings()).catch((error: unknown) => error),
      environment.onBatch(events, newSettings())
    ])
    expect(Date.now() - startedAt).toBeLessThan(5000)
    expect([cutShort, single]).toEqual([expect.any(RetryError), expect.any(RetryError)])
    expect(String(single)).toMatch(/no complete response within \d+ ms/)
    expect(batch.map(({ status }) => status)).toEqual(events.map(() => 500))
    // The last five had what was left of the handler's time.
    expect(batch.filter(({ errormessage = '' }) => /within \d{3} ms/.test(errormessage))).toHaveLength(5)
  })
})

describe('Tokens', () => {
  it('are kept for each merchant of an environment', async () => {
    const merchants = [newSettings(), newSettings()]
    await Promise.all(
      merchants.flatMap((settings, index) =>
        [1, 2, 3].map((order_) => environment.onTrack(order(`${index}-${order_}`), settings))
      )
    )
    expect(callsTo('/v1/authorization')).toHaveLength(2)
    const owners = sandbox.records
      .filter(({ path }) => path === PURCHASE)
      .map(({ merchant, body }) => [merchant, (body as { orderId: string }).orderId.charAt(0)].join())
    expect(new Set(owners).size).toBe(2)
  })

  it('are renewed once after a 401', async () => {
    const settings = newSettings()
    await environment.onTrack(order('o-1'), settings)
    sandbox.revokeTokens()
    await environment.onTrack(order('o-2'), settings)
    expect(callsTo('/v1/authorization')).toHaveLength(2)
  })
})

describe('An event', () => {
  it('that no subscription matches makes no call', async () => {
    await environment.onTrack({ type: 'track', event: 'Viewed', userId: 'c-1' }, newSettings())
    expect(environment.urls).toEqual([])
  })

  it.each(['page', 'screen', 'group', 'alias'] as const)('of type %s is not supported', async (type) => {
    const name = `on${type.charAt(0).toUpperCase()}${type.slice(1)}` as 'onPage'
    await expect(environment[name]({ type }, newSettings())).rejects.toThrow(EventNotSupported)
  })

  it('of another type is sent by a mapping that matches it', async () => {
    const page = { ...toDefaultSubscription('trackCustomEvent'), subscribe: 'type = "page"' }
    const mapping = { ...page.mapping, eventType: 'Viewed' }
    const event = { type: 'page', userId: 'c-1', properties: { email: 'ada@example.com', title: 'Home' } }
    const mappings = JSON.stringify([{ ...page, mapping }])
    await environment.onPage(event, { ...newSettings(), mappings })
    expect(callsTo(CUSTOM)).toEqual([`${CUSTOM} 201`])
  })

  it.each([
    ['a list', ['Downloaded']],
    ['lines', 'Shared\nDownloaded\n']
  ])('is sent as a custom event if the setting names it, as %s', async (_what, customEvents) => {
    await environment.onTrack({ ...signUp(), event: 'Downloaded' }, { ...newSettings(), customEvents })
    expect(callsTo(CUSTOM)).toEqual([`${CUSTOM} 201`])
  })

  it('of two subscriptions is retried without what was delivered', async () => {
    const settings = { ...newSettings(), customEvents: ['Order Completed'] }
    sandbox.injectFault({ status: 503 }, { path: CUSTOM, times: 1 })
    await expect(environment.onTrack(order('o-1'), settings)).rejects.toThrow(RetryError)
    await environment.onTrack(order('o-1'), settings)
    expect(callsTo(PURCHASE, CUSTOM).sort()).toEqual([`${CUSTOM} 201`, `${CUSTOM} 503`, `${PURCHASE} 201`])
    // A replay, later, is sent in full.
    await environment.onTrack(order('o-1'), settings)
    expect(callsTo(PURCHASE)).toHaveLength(2)
  })

  it('that may have counted is not sent again with the rest of it', async () => {
    const settings = { ...newSettings(), customEvents: ['Signed Up'] }
    sandbox.injectFault({ drop: 'after' }, { path: SIGN_UP, times: 1 })
    sandbox.injectFault({ status: 503 }, { path: CUSTOM, times: 1 })
    await expect(environment.onTrack(signUp(), settings)).rejects.toThrow(RetryError)
    await environment.onTrack(signUp(), settings)
    expect(callsTo(SIGN_UP)).toHaveLength(1)
    expect(callsTo(CUSTOM)).toEqual([`${CUSTOM} 503`, `${CUSTOM} 201`])
  })

  it('is deleted by its user ID', async () => {
    await environment.onDelete({ type: 'delete', userId: 'c 1&x' }, newSettings())
    expect(sandbox.records.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/user-data', status: 200 })
    await environment.onDelete({ type: 'delete' }, newSettings())
    expect(callsTo('/v1/user-data')).toHaveLength(1)
  })
})

describe('A batch', () => {
  it('gives each event its own status', async () => {
    sandbox.injectFault({ status: 503 }, { path: SIGN_UP })
    const events = [
      order('o-1'),
      order(' '),
      { type: 'page' },
      signUp(),
      { type: 'track', event: 'Viewed' },
      { type: 'delete', userId: 'c-1' }
    ]
    expect(await environment.onBatch(events, newSettings())).toEqual([
      { status: 200 },
      { status: 400, errormessage: expect.stringContaining('Order ID (orderId) is required') as string },
      { status: 400, errormessage: 'Friendbuy: no mapping matches this page event.' },
      { status: 500, errormessage: expect.stringContaining('answered 503') as string },
      { status: 200 },
      { status: 200 }
    ])
    expect(callsTo('/v1/user-data')).toHaveLength(1)
  })

  it('stops asking once MAPI refuses the credentials', async () => {
    sandbox.injectFault({ status: 401 }, { path: '/v1/authorization' })
    const events = Array.from({ length: 100 }, (_, index) => order(`o-${index}`))
    const statuses = await environment.onBatch(events, newSettings())
    expect(statuses.map(({ status }) => status)).toEqual(events.map(() => 401))
    expect(callsTo('/v1/authorization')).toHaveLength(1)
  })
})

describe('The setting mappings', () => {
  it.each([
    ['no JSON', '[{', 'it is not JSON'],
    ['an object', '{}', 'expected an array'],
    ['an unknown action', '[{"partnerAction":"track"}]', '[0].partnerAction: expected one of trackCustomer'],
    [
      'a condition that cannot be read',
      JSON.stringify([{ ...presetSubscriptions[0], subscribe: 'type' }]),
      '[0]: '
    ],
    [
      'an unknown field',
      JSON.stringify([{ ...presetSubscriptions[1], mapping: { order: 'x' } }]),
      '[0].mapping: unknown field order of Track Purchase'
    ],
    [
      'a directive that is not supported',
      JSON.stringify([{ ...presetSubscriptions[1], mapping: { orderId: { '@liquid': '{{x}}' } } }]),
      '@liquid'
    ]
  ])('is refused: %s', async (_what, mappings, message) => {
    const handled = environment.onTrack(order('o-1'), { ...newSettings(), mappings })
    await expect(handled).rejects.toThrow(ValidationError)
    await expect(handled).rejects.toThrow(message)
  })

  it('passes over what is disabled', async () => {
    const mappings = JSON.stringify([{ ...presetSubscriptions[1], enabled: false }])
    await environment.onTrack(order('o-1'), { ...newSettings(), mappings })
    expect(environment.urls).toEqual([])
  })
})

describe('The log', () => {
  it('names dropped values by field and reason, and nothing personal', async () => {
    const traits = {
      email: 'ada@example.com',
      age: 'secret age',
      friendbuyAttributes: { 'ada@example.com': 7 },
      anonymousId: 'anon'
    }
    await environment.onIdentify({ type: 'identify', userId: 'c-1', traits }, newSettings())
    expect(environment.logs).toEqual([
      'Friendbuy Track Customer dropped: age (not a number), friendbuyAttributes (not a string)'
    ])
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createRequestClient, Destination, type JSONObject, type SegmentEvent } from '@segment/actions-core'
import nock from 'nock'
import { type ActionKey, createFriendbuyDestination, destination, type Settings } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { newLogger } from '../support/logger'
import { merchantOfSettings, rejectionOf } from '../support/sandboxed'
import { cases } from '../cases/cases'
import { payloadCases } from '../cases/payload-cases'
import { deliver, type Saved, savedMapping } from './published'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  nock.cleanAll()
  await sandbox.close()
})

afterAll(() => {
  nock.restore()
})

/** Builders of events with the required values, and additional ones. */
const order = (properties: JSONObject = {}): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  properties: { order_id: 'o-1', total: 10, currency: 'USD', ...properties }
})
const signUp = (properties: JSONObject = {}): SegmentEvent => ({
  type: 'track',
  event: 'Signed Up',
  userId: 'c-1',
  properties: { email: 'ada@example.com', ...properties }
})
const identify = (traits: JSONObject = {}): SegmentEvent => ({
  type: 'identify',
  userId: 'c-1',
  traits: { email: 'ada@example.com', ...traits }
})
const download = (properties: JSONObject = {}): SegmentEvent => ({
  ...signUp(properties),
  event: 'Downloaded'
})

/** Bodies of these events without additional values. */
const purchase = { orderId: 'o-1', amount: 10, currency: 'USD' }
const customer = { customerId: 'c-1', email: 'ada@example.com' }
const customEvent = { ...customer, eventType: 'Downloaded' }

/** Sends an event with a mapping saved for the published destination and returns the body. */
const bodyOf = async (action: ActionKey, event: SegmentEvent, saved?: Saved) => {
  const [call] = await deliver(sandbox, action, event, saved)
  return call?.body
}

/** Cases in `test/cases` that prove a row about bodies, by the first cell. */
const bodies: Record<string, string[]> = {
  'An optional value that is only white space': ['blank optional values'],
  'An empty gift card code': ['blank optional values'],
  'An age with decimals or below 0': ['an age with decimals', 'an age below 0'],
  'An unknown loyalty status': ['an unknown loyalty status', 'an unknown loyalty status is left out'],
  'More than 10 custom attributes': [
    'custom attributes beyond the limits',
    'eleven attributes: the first ten go'
  ],
  'A custom attribute of more than 128 characters': ['128 characters go, 129 do not'],
  'A custom attribute that is not a string': [
    'attributes that are no strings are left out and take no place'
  ],
  'A custom attribute with the name of a field': ['custom attributes with names of fields'],
  'A custom attribute with the name of a field that MAPI does not support': [
    'custom attributes with names of fields',
    'custom attributes take their places before fields that MAPI has no property for'
  ],
  'A property of a custom event that is not a string': ['properties that are no strings are left out'],
  'A property of a custom event named pageUrl, pageTitle or eventType': [
    'properties named like context fields'
  ],
  'The object additionalProperties of a custom event': [
    'a property additionalProperties of a custom event is spread like friendbuyAttributes'
  ],
  'A birthday in another form than YYYY-MM-DD': [
    'a birthday with a time of day',
    'a birthday without a year',
    'a malformed page URL or birthday does not cost the order'
  ],
  'A page URL that is not absolute': ['a malformed page URL or birthday does not cost the order'],
  'A date without a time in customerSince': ['snake_case traits that Friendbuy rewards by'],
  'A product without a price': ['a product without price or quantity does not cost the order'],
  'A product with null for price and quantity': [
    'a product without price or quantity does not cost the order'
  ],
  'A quantity that is not an integer of at least 1': ['products with and without what MAPI requires'],
  'A product with a product_id and no sku': ['a product without sku goes by its product_id'],
  'Products that a host passes as an index object': ['products that a host passes as an index object'],
  'A currency in lower case': ['currency is sent in upper case'],
  'An email address with white space around it': ['values of a sign-up that are converted'],
  'A loyalty status in capital letters': ['values of a sign-up that are converted'],
  'The name of a customer with a first and a last name': ['a first and a last name'],
  'The customer of a custom event': ['required values of a custom event'],
  'A property of a custom event that MAPI has a property for': [
    'root properties of a custom event in camelCase',
    'root properties of a custom event in snake_case'
  ],
  'A custom attribute whose name begins with $': ['custom attributes beyond the limits']
}

const newFriendbuy = () => new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))

/** Adds a subscription for purchases to settings. */
const saved = (settings: Settings) => ({
  ...settings,
  subscription: {
    partnerAction: 'trackPurchase',
    subscribe: 'type = "track"',
    mapping: savedMapping('trackPurchase')
  }
})

/** Lists the path and status of each call to the sandbox. */
const statuses = () => sandbox.records.map(({ path, status = 'none' }) => `${path} ${status}`)

const AUTHORIZED = '/v1/authorization 200'
const TAKEN = '/v1/event/purchase 201'

/** Response to an authorization, for nock. */
const aToken = { tokenType: 'Bearer', token: 'token-1', expires: '2099-01-01T00:00:00Z' }

/** Mocks a MAPI that accepts these credentials and a purchase. */
const mapiAt = (address: string, { authKey, authSecret }: Settings) =>
  nock(address)
    .post('/v1/authorization', { key: authKey, secret: authSecret })
    .reply(200, aToken)
    .post('/v1/event/purchase', purchase)
    .reply(201, {})

/** Sends a purchase to production with a secret that is valid as a whole. */
const expectPlainSecret = async (authSecret: string) => {
  const settings = { ...newSettings(), authSecret }
  const production = mapiAt('https://mapi.fbot.me', settings)
  await new Destination(destination).onEvent(order(), saved(settings))
  expect(production.isDone()).toBe(true)
}

/** Tests of rows that are not about a body, by the first cell. */
const tests: Record<string, () => Promise<void> | void> = {
  'A required value that is only white space': async () => {
    const error = await rejectionOf(deliver(sandbox, 'trackPurchase', order({ order_id: ' ' })))
    expect(error).toMatchObject({ code: 'PAYLOAD_VALIDATION_FAILED', status: 400 })
    expect(error.message).toContain('Order ID')
    expect(sandbox.records).toEqual([])
  },

  'Concurrent events without a token': async () => {
    const [friendbuy, settings] = [newFriendbuy(), saved(newSettings())]
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => friendbuy.onEvent(order({ order_id: `o-${index}` }), settings))
    )
    expect(statuses()).toEqual([AUTHORIZED, ...Array.from({ length: 10 }, () => TAKEN)])
  },

  'The Authorization header': async () => {
    const settings = newSettings()
    const mapi = nock('https://mapi.fbot.me', { reqheaders: { authorization: 'Bearer token-1' } })
    mapi.post('/v1/event/purchase').reply(201, {})
    nock('https://mapi.fbot.me').post('/v1/authorization').reply(200, aToken)
    await new Destination(destination).onEvent(order(), saved(settings))
    expect(mapi.isDone()).toBe(true)
  },

  'A token that MAPI has revoked': async () => {
    const settings = saved(newSettings())
    await newFriendbuy().onEvent(order(), settings)
    sandbox.revokeTokens()
    await newFriendbuy().onEvent(order({ order_id: 'o-2' }), settings)
    expect(statuses()).toEqual([AUTHORIZED, TAKEN, '/v1/event/purchase 401', AUTHORIZED, TAKEN])
  },

  'An authorization response without a token or a readable expiry': async () => {
    const settings = saved(newSettings())
    sandbox.injectFault({ status: 200, body: { hello: 'there' } }, { times: 1 })
    expect(await rejectionOf(newFriendbuy().onEvent(order(), settings))).toMatchObject({
      code: 'RETRYABLE_ERROR',
      status: 502
    })
    sandbox.injectFault({ status: 200, body: { token: 'a-token', expires: 'soon' } }, { times: 1 })
    await newFriendbuy().onEvent(order(), settings)
    await newFriendbuy().onEvent(order({ order_id: 'o-2' }), settings)
    // The sandbox refuses tokens that it did not issue: hence the 401 and the second authorization.
    expect(statuses()).toEqual([AUTHORIZED, AUTHORIZED, '/v1/event/purchase 401', AUTHORIZED, TAKEN, TAKEN])
  },

  'An authKey that is not a UUID': async () => {
    await newFriendbuy().testAuthentication({ ...newSettings(), authKey: 'no-uuid' })
    expect(statuses()).toEqual([AUTHORIZED])
  },

  'Testing the credentials of an environment': async () => {
    const { authKey, authSecret } = newSettings()
    const uat = nock('https://mapi.fbot-uat.me')
      .post('/v1/authorization', { key: authKey, secret: authSecret })
      .reply(200, aToken)
    await new Destination(destination).testAuthentication({ authKey, authSecret: `uat:${authSecret}` })
    expect(uat.isDone()).toBe(true)
  },

  'The deletion of a customer': async () => {
    const { authKey, authSecret } = newSettings()
    const uat = nock('https://mapi.fbot-uat.me')
      .post('/v1/authorization', { key: authKey, secret: authSecret })
      .reply(200, aToken)
      .delete('/v1/user-data?customerId=c-1')
      .matchHeader('authorization', 'Bearer token-1')
      .reply(200, { jobId: 'j-1' })
    await new Destination(destination).onDelete?.(
      { type: 'delete', userId: 'c-1' },
      { authKey, authSecret: `uat:${authSecret}` }
    )
    expect(uat.isDone()).toBe(true)
  },

  'A deletion without a userId': async () => {
    expect(await newFriendbuy().onDelete?.({ type: 'delete' }, { ...newSettings() })).toEqual({
      output: 'Nothing to delete: the event has no userId.'
    })
    expect(sandbox.records).toEqual([])
  },

  'A batch of events': async () => {
    const [{ multistatus = [] } = {}] = await newFriendbuy().onBatch(
      [order(), order({ order_id: ' ' })],
      saved(newSettings())
    )
    expect(multistatus.map(({ status }) => status)).toEqual([201, 400])
  },

  'Presets and default subscriptions': () => {
    expect(destination.presets?.map(({ type, partnerAction }) => [type, partnerAction])).toEqual([
      ['automatic', 'trackCustomer'],
      ['automatic', 'trackPurchase'],
      ['automatic', 'trackSignUp']
    ])
    for (const { defaultSubscription } of Object.values(destination.actions)) {
      expect(defaultSubscription).toMatch(/^type = "/)
    }
  },

  'The defaults of new mappings': async () => {
    const event: SegmentEvent = {
      ...download({ orderId: 'o-1', revenue: 10, currency: 'USD', email: null, first_name: 'Ada' }),
      messageId: 'm-1',
      context: { traits: { email: 'ada@example.com' } }
    }
    const mapping = toDefaultMapping('trackPurchase')
    expect(await bodyOf('trackPurchase', event, { mapping })).toEqual({
      ...customer,
      ...purchase,
      firstName: 'Ada'
    })
    expect(
      await bodyOf('trackCustomEvent', event, { mapping: toDefaultMapping('trackCustomEvent') })
    ).toMatchObject({ ...customEvent, deduplicationId: 'm-1' })
    expect(await rejectionOf(deliver(sandbox, 'trackPurchase', event))).toMatchObject({ status: 400 })
  },

  'The fields gender, category, timezone and product_id': async () => {
    const personal = { gender: 'f', category: 'VIP', timezone: 'UTC' }
    expect(await bodyOf('trackCustomer', identify(personal))).toEqual(customer)
    expect(await bodyOf('trackCustomer', identify(), { mapping: personal })).toEqual({
      ...customer,
      ...personal
    })
    expect(await bodyOf('trackSignUp', signUp(), { mapping: { timezone: 'UTC' } })).toEqual({
      ...customer,
      timezone: 'UTC'
    })
    expect(await bodyOf('trackPurchase', order({ products: [{ product_id: 'p-1' }] }))).toMatchObject({
      products: [{ sku: 'p-1' }]
    })
  },

  'Dropped values': async () => {
    const { logger, warnings } = newLogger()
    await deliver(sandbox, 'trackPurchase', order({ friendbuyAttributes: { size: 42 } }), { logger })
    expect(warnings).toEqual(['Friendbuy Track Purchase dropped: friendbuyAttributes.size (not a string)'])
  },

  'The name of the destination': () => {
    expect(destination.name).toBe('Friendbuy')
  },

  'The tokens of two merchants in one process': async () => {
    const [one, other] = [newSettings(), newSettings()]
    await newFriendbuy().onEvent(order(), saved(one))
    await newFriendbuy().onEvent(order(), saved(other))
    expect(
      sandbox.records.flatMap(({ path, merchant }) => (path === '/v1/event/purchase' ? [merchant] : []))
    ).toEqual([merchantOfSettings(one), merchantOfSettings(other)])
  },

  'Credentials that a host merges into the payload': async () => {
    const settings = newSettings()
    const payload = { ...purchase, ...settings, debug_mode: true }
    await createFriendbuyDestination({ mapiUrl: sandbox.url }).actions.trackPurchase?.perform(
      createRequestClient(),
      { payload, settings }
    )
    expect(sandbox.records.at(-1)?.body).toEqual(purchase)
  },

  'A secret that names a host': () => expectPlainSecret('evil.com/:secret'),

  'A secret that names an environment in capital letters': () => expectPlainSecret('UAT:secret'),

  'A request that MAPI refuses': async () => {
    const settings = newSettings()
    sandbox.injectFault(
      { status: 429, body: { message: 'slow down' }, headers: { 'retry-after': '7' } },
      { path: '/v1/event/purchase' }
    )
    const error = await rejectionOf(newFriendbuy().onEvent(order(), saved(settings)))
    expect(error).toMatchObject({
      code: 'RETRYABLE_ERROR',
      status: 429,
      retryAfterMs: 7000,
      message: 'Friendbuy MAPI answered 429 to POST /v1/event/purchase: slow down'
    })
    expect(inspect(error, { depth: null })).not.toMatch(
      new RegExp(`${settings.authKey}|${settings.authSecret}|sandbox-`)
    )
  },

  'A redirect': async () => {
    sandbox.injectFault(
      { status: 302, headers: { location: `${sandbox.url}/elsewhere` } },
      { path: '/v1/event/purchase' }
    )
    expect(await rejectionOf(newFriendbuy().onEvent(order(), saved(newSettings())))).toMatchObject({
      status: 302
    })
    expect(statuses()).toEqual([AUTHORIZED, '/v1/event/purchase 302'])
  }
}

/** First cells of the rows of the table. */
const rows = [
  ...readFileSync(join(__dirname, '../../docs/differences.md'), 'utf8').matchAll(/^\| *([^|]*?) *\|/gm)
].flatMap(([, cell = '']) => (cell === 'what' || /^-+$/.test(cell) ? [] : [cell]))

describe('docs/differences.md', () => {
  it('has a test for each row, and a row for each test', () => {
    expect([...rows].sort()).toEqual([...Object.keys(bodies), ...Object.keys(tests)].sort())
  })
})

describe('By docs/differences.md', () => {
  it.each(Object.entries(bodies))('%s', (_title, names) => {
    const known = [...cases.map(({ name }) => name), ...Object.keys(payloadCases)]
    expect(known).toEqual(expect.arrayContaining(names))
  })

  it.each(Object.entries(tests))('%s', (_title, test) => test())
})

import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { createInProcessHost } from '../../src/host/in-process-host'
import { compilePayload } from '../../src/host/payloads'
import type { FriendbuySubscription } from '../../src/host/subscriptions'
import { toMessage, toStatus } from '../../src/messages'
import { newSettings } from '../support/credentials'

const settings = newSettings()

const event: SegmentEvent = {
  type: 'identify',
  userId: 'c-1',
  traits: { email: 'ada@example.com', friendbuyAttributes: { size: 'L' } }
}

const mapping: JSONObject = {
  customerId: { '@path': '$.userId' },
  email: { '@path': '$.traits.email' },
  friendbuyAttributes: { '@path': '$.traits.friendbuyAttributes' }
}

const payload = {
  customerId: 'c-1',
  email: 'ada@example.com',
  friendbuyAttributes: { size: 'L' }
}

const subscriptionOf = (changes: Partial<FriendbuySubscription> = {}): FriendbuySubscription => ({
  partnerAction: 'trackCustomer',
  subscribe: 'type = "identify"',
  mapping,
  ...changes
})

/** Gives the action and its input as they are. */
const host = createInProcessHost((action, input) => ({ action, ...input }))

describe('createInProcessHost', () => {
  it('gives what perform gives for the payload and the settings', async () => {
    expect(await host(event, subscriptionOf(), settings)).toEqual({
      action: 'trackCustomer',
      payload,
      settings
    })
  })

  it.each([
    ['a condition for other events', { subscribe: 'type = "track"' }],
    ['a condition that cannot be read', { subscribe: 'type' }],
    ['an action that does not exist', { partnerAction: 'toString' as 'trackCustomer' }]
  ])('gives nothing for %s', async (_name, changes) => {
    expect(await host(event, subscriptionOf(changes), settings)).toBeUndefined()
  })

  it.each([
    [
      '@liquid',
      { firstName: { '@liquid': '{{ traits.email | upcase }}' } },
      { firstName: 'ADA@EXAMPLE.COM' }
    ],
    ['a key that actions-core treats on its own', { dynamicAuthSettings: 'a' }, { dynamicAuthSettings: 'a' }]
  ])('leaves a mapping with %s to actions-core', async (_name, added, expected) => {
    const given = { ...mapping, ...added }
    expect(compilePayload('trackCustomer', given)).toBeUndefined()
    const result = await host(event, subscriptionOf({ mapping: given }), settings)
    expect(result).toMatchObject({ payload: { ...payload, ...expected } })
  })

  it('leaves a condition that cannot be compiled to the parser of Segment', async () => {
    // The parser passes over `contains` of a field that there is not.
    const subscribe = 'contains(foo, "x") and type = "identify"'
    expect(await host(event, subscriptionOf({ subscribe }), settings)).toMatchObject({ payload })
    expect(await host({ ...event, type: 'track' }, subscriptionOf({ subscribe }), settings)).toBeUndefined()
  })

  it.each([
    ['a required field that is missing', { email: null }, "is missing the required field 'email'", 400],
    [
      'a field of another type',
      { email: { '@path': '$.traits' } },
      'Email must be a string but it was an object',
      400
    ],
    ['a malformed directive', { email: { '@path': 1 } }, '/email/@path should be a string', undefined],
    [
      'a directive that fails',
      { email: { '@path': { '@path': '$.traits' } } },
      '@path: expected string, got object',
      undefined
    ]
  ])('rejects as actions-core does for %s', async (_name, changed, message, status) => {
    const error: unknown = await host(
      event,
      subscriptionOf({ mapping: { ...mapping, ...changed } }),
      settings
    ).catch((thrown: unknown) => thrown)
    expect(toMessage(error)).toContain(message)
    expect(toStatus(error)).toBe(status)
  })

  it('rejects with what perform throws', async () => {
    const error = new Error('no')
    const failing = createInProcessHost(() => Promise.reject(error))
    await expect(failing(event, subscriptionOf(), settings)).rejects.toBe(error)
  })

  it('gives each event a payload of its own, whatever perform does to the last', async () => {
    const changing = createInProcessHost((_action, input) => {
      const given = structuredClone(input.payload)
      const { friendbuyAttributes } = input.payload as typeof payload
      friendbuyAttributes.size = 'XS'
      return given
    })
    const before = structuredClone(event)
    expect(await changing(event, subscriptionOf(), settings)).toEqual(payload)
    expect(await changing(event, subscriptionOf(), settings)).toEqual(payload)
    expect(event).toEqual(before)
  })

  it('maps an event as it is at the time', async () => {
    const changed = structuredClone(event)
    await host(changed, subscriptionOf(), settings)
    changed.userId = 'c-2'
    expect(await host(changed, subscriptionOf(), settings)).toMatchObject({
      payload: { ...payload, customerId: 'c-2' }
    })
  })
})

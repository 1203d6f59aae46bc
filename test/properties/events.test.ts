import { deepStrictEqual } from 'node:assert'
import { Destination, type DestinationDefinition, type SegmentEvent } from '@segment/actions-core'
import fc from 'fast-check'
import {
  actions,
  checkSubscriptions,
  createFriendbuyDestination,
  type Field,
  type FriendbuySubscription,
  previewEvent,
  type Settings
} from '../../src'
import { createInProcessHost, type Perform } from '../../src/host/in-process-host'
import { toDefaultSubscription } from '../../src/host/subscriptions'
import { toMessage, toStatus } from '../../src/messages'
import { newSettings } from '../support/credentials'
import {
  actionKeys,
  deepFreeze,
  newRecorder,
  performWith,
  plausibleEvent,
  required,
  RUNS,
  sharedNames,
  soundMappingValue,
  violationIn,
  wildJson,
  wildEvent,
  wildMappingValue,
  wildName,
  withPrototypes
} from '../support/arbitraries'

const ANY_EVENT = 'type != ""'

const wildSubscription = fc.constantFrom(...actionKeys).chain((partnerAction) => {
  const { mapping } = toDefaultSubscription(partnerAction)
  const given = fc.dictionary(fc.constantFrom(...Object.keys(mapping)), wildMappingValue, { maxKeys: 4 })
  return fc.tuple(given, fc.constantFrom({}, mapping, { ...mapping, ...required })).map(([wild, base]) => ({
    partnerAction,
    subscribe: ANY_EVENT,
    mapping: { ...base, ...wild } as typeof mapping
  }))
})

/** A mapping that no host refuses, and whose values their fields mostly accept. */
const soundSubscription = fc.constantFrom(...actionKeys).chain((partnerAction) => {
  const { mapping } = toDefaultSubscription(partnerAction)
  const given = Object.entries<Field>(actions[partnerAction].fields)
    .filter(([, { required }]) => required !== true)
    .map(([key, { type }]) => {
      const encoded = soundMappingValue.map((value) => ({
        '@json': { mode: 'encode', value: { '@literal': value } }
      }))
      const isText = type === 'string'
      return fc.tuple(
        fc.constant(key),
        fc.oneof(soundMappingValue, { weight: isText ? 9 : 0, arbitrary: encoded })
      )
    })
  return fc.array(fc.oneof(...given), { maxLength: 4 }).map((entries) => ({
    partnerAction,
    subscribe: ANY_EVENT,
    mapping: { ...mapping, ...Object.fromEntries(entries) } as typeof mapping
  }))
})

const defaultSubscription = fc
  .constantFrom(...actionKeys)
  .map((key) => ({ ...toDefaultSubscription(key), subscribe: ANY_EVENT }))

const settings = newSettings()

type Performed = Parameters<Perform<unknown>>

/** What the hosts below do with a mapped event. */
let perform: (...performed: Performed) => unknown = () => undefined

const definition = createFriendbuyDestination()

/** actions-core's own host, in whose place ours sends and previews. */
const destination = new Destination<Settings>({
  ...definition,
  actions: Object.fromEntries(
    actionKeys.map((key) => [
      key,
      {
        ...definition.actions[key],
        perform: (_request, input) => perform(key, input)
      } as DestinationDefinition<Settings>['actions'][string]
    ])
  )
})

const ours = createInProcessHost((action, input) => perform(action, input))

const hosts = {
  ours: (event: SegmentEvent, subscription: FriendbuySubscription) => ours(event, subscription, settings),
  'of actions-core': (event: SegmentEvent, subscription: FriendbuySubscription) =>
    destination.onEvent(event, { ...settings, subscription: { ...subscription } })
}

/** The name, status and message of an error. Where it has several causes, their stacks follow, and differ. */
const describeError = (error: unknown) => [
  (error as Error).constructor.name,
  (error as Error).name,
  toStatus(error),
  toMessage(error).split('\n')[0]
]

/** What became of an event in a host: the payload that reached the action, what it sent, and what came back. */
const performIn = async (
  which: keyof typeof hosts,
  event: SegmentEvent,
  subscription: FriendbuySubscription
) => {
  const { request, sent } = newRecorder()
  let payload: unknown
  perform = async (action, input) => {
    payload = input.payload
    return performWith(action, request, input)
  }
  const error: unknown = await hosts[which](event, subscription).then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  return {
    payload: withPrototypes(payload),
    sent: sent(),
    error: error === undefined ? undefined : describeError(error)
  }
}

/** actions-core fails over these by itself; our host takes them for missing. */
const isNullContext = ({ context }: SegmentEvent) =>
  (context as unknown) === null || (context as { personas?: unknown } | undefined)?.personas === null

describe('A host of the destination within the process', () => {
  let valid = 0

  const check = async (event: SegmentEvent, subscription: FriendbuySubscription, isInOrder: boolean) => {
    const before = sharedNames()
    // Neither is frozen: actions-core makes a `__proto__` the prototype of a copy, and completes an `@replace`.
    const given = JSON.stringify(event)
    const performed = await performIn('ours', event, subscription)
    expect(JSON.stringify(event)).toBe(given)
    if (!isNullContext(event)) {
      deepStrictEqual(performed, await performIn('of actions-core', event, subscription))
    }
    const { payload, sent, error } = performed
    if (payload === undefined ? isInOrder : error !== undefined) expect(error?.[2]).toBe(400)
    expect(sent.length).toBe(error === undefined ? 1 : 0)
    valid += sent.length
    for (const body of sent) expect(violationIn(subscription.partnerAction, body)).toBeUndefined()
    const said = JSON.stringify([sent, error])
    expect(said.includes(settings.authKey) || said.includes(settings.authSecret)).toBe(false)
    expect(sharedNames()).toEqual(before)
  }

  /** Runs events through both hosts, and gives the share of those that were delivered. */
  const compare = async (
    events: fc.Arbitrary<SegmentEvent>,
    subscriptions: fc.Arbitrary<FriendbuySubscription>
  ) => {
    valid = 0
    await fc.assert(
      fc.asyncProperty(events, subscriptions, (event, subscription) => {
        let isInOrder = true
        try {
          checkSubscriptions([subscription])
        } catch {
          isInOrder = false
        }
        return check(event, subscription, isInOrder)
      }),
      { numRuns: RUNS }
    )
    return valid / RUNS
  }

  it.each([
    ['the default mappings', defaultSubscription],
    ['mappings of any directives', soundSubscription]
  ])('delivers what actions-core delivers, through %s', async (_name, subscriptions) => {
    expect(await compare(plausibleEvent, subscriptions)).toBeGreaterThan(0.5)
  })

  it('delivers any event through the default mappings, or has it fail with a 400', () =>
    compare(wildEvent, defaultSubscription))

  it('delivers any event through any mapping, or has it fail; with a 400 where the mapping was found in order', () =>
    compare(wildEvent, wildSubscription))
})

describe('previewEvent', () => {
  it.each([[null], [{ personas: null }]])('takes the context %j for a missing one', async (context) => {
    const event: object = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' }, context }
    expect(await previewEvent(event as SegmentEvent)).toEqual([
      {
        action: 'trackCustomer',
        path: '/v1/customer',
        body: { customerId: 'c-1', email: 'ada@example.com' },
        dropped: [],
        notMapped: []
      }
    ])
  })

  it('gives a preview or an error of anything that is JSON, and does not reject', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(wildJson, wildEvent),
        fc.option(fc.constantFrom(...actionKeys), { nil: undefined }),
        async (event, action) => {
          for (const preview of await previewEvent(event as SegmentEvent, { action })) {
            if (!preview.error) expect(violationIn(preview.action, preview.body)).toBeUndefined()
          }
        }
      ),
      { numRuns: RUNS }
    ))
})

describe('checkSubscriptions', () => {
  const subscription = fc.record(
    {
      partnerAction: fc.oneof(fc.constantFrom(...actionKeys), wildJson),
      subscribe: fc.oneof(
        fc
          .array(
            fc.constantFrom(
              ...[
                'type',
                'event',
                'properties.a',
                '=',
                '!=',
                'and',
                'or',
                '(',
                ')',
                '"track"',
                '"',
                'contains'
              ],
              ...['match(', 'length(', ',', '1', '>', '\\', '!', 'is_null', '\u0000', 'null', 'true']
            )
          )
          .map((tokens) => tokens.join(' ')),
        wildJson
      ),
      mapping: fc.oneof(fc.dictionary(wildName, wildMappingValue, { maxKeys: 4 }), wildJson),
      enabled: wildJson
    },
    { requiredKeys: [] }
  )

  it('gives subscriptions or names issues, of anything that is JSON', () => {
    fc.assert(
      fc.property(fc.oneof(wildJson, fc.array(subscription, { maxLength: 3 })), (value) => {
        const before = sharedNames()
        let result: unknown
        try {
          result = checkSubscriptions(deepFreeze(value))
        } catch (error) {
          // A message a line, and no error of another class than Error.
          expect(Object.prototype.toString.call(error)).toBe('[object Error]')
          expect((error as Error).name).toBe('Error')
          expect((error as Error).message).toMatch(
            /^(?:(?:subscriptions|\[\d+\])[^\p{Cc}]*: [^\p{Cc}]+(?:\n|$))+$/u
          )
          result = []
        }
        expect(Array.isArray(result)).toBe(true)
        expect(sharedNames()).toEqual(before)
      }),
      { numRuns: RUNS }
    )
  })
})

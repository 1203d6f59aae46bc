import { Destination, type DestinationDefinition, type SegmentEvent } from '@segment/actions-core'
import fc from 'fast-check'
import {
  checkSubscriptions,
  createFriendbuyDestination,
  type FriendbuySubscription,
  previewEvent,
  type Settings
} from '../../src'
import { createInProcessHost, type Perform } from '../../src/host/in-process-host'
import { toDefaultSubscription } from '../../src/host/subscriptions'
import { toStatus } from '../../src/messages'
import { newSettings } from '../support/credentials'
import {
  actionKeys,
  deepFreeze,
  newRecorder,
  performWith,
  required,
  RUNS,
  sharedNames,
  violationIn,
  wildJson,
  wildJsonObject,
  wildName,
  wildText
} from '../support/arbitraries'

const ANY_EVENT = 'type != ""'

const wildEvent = fc
  .tuple(
    fc.constantFrom('track', 'identify', 'page'),
    fc.constantFrom({}, { order_id: 'o-1', total: 1, currency: 'USD', email: 'ada@example.com' }),
    wildJsonObject,
    wildJsonObject,
    fc.record(
      {
        userId: wildJson,
        anonymousId: wildJson,
        messageId: wildJson,
        timestamp: wildJson,
        event: wildText,
        context: fc.oneof(wildJson, fc.record({ personas: wildJson }))
      },
      { requiredKeys: [] }
    )
  )
  .map(
    ([type, order, properties, traits, rest]) =>
      ({
        userId: 'c-1',
        event: 'Order Completed',
        ...rest,
        type,
        properties: { ...properties, ...order },
        traits: { email: 'ada@example.com', ...traits }
      }) as SegmentEvent
  )

const path = fc.constantFrom(
  ...['$', '$.properties', '$.properties.products', '$.userId', '$.traits', '$.constructor', '$.__proto__'],
  ...['$.properties.__proto__.x', '$.properties["', '$..[', '', 'userId', '$.properties.products[0].sku']
)

/** A value of a mapping: any JSON, or a directive, well-formed or not. */
const wildMappingValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const value = tie('value')
  const at = path.map((text) => ({ '@path': text }))
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      at,
      wildJson,
      fc.tuple(path, wildJson).map(([given, otherwise]) => ({ '@path': given, '@else': otherwise })),
      fc
        .tuple(value, value, value)
        .map(([exists, then, other]) => ({ '@if': { exists, then, else: other } })),
      fc.tuple(value, value).map(([blank, then]) => ({ '@if': { blank, then } })),
      wildText.map((text) => ({ '@template': `{{properties.${text}}} {{userId}}` })),
      fc.tuple(at, value).map(([list, item]) => ({ '@arrayPath': [list, item] })),
      fc.tuple(path, wildJsonObject).map(([list, item]) => ({ '@arrayPath': [list, item] })),
      fc.record({ '@json': fc.record({ mode: fc.constantFrom('encode', 'decode', 'x'), value }) }),
      fc.record({ '@flatten': fc.record({ separator: fc.constantFrom('.', '', '__proto__'), value }) }),
      fc.record({
        '@merge': fc.record({ direction: fc.constantFrom('left', 'right', 'x'), objects: fc.array(value) })
      }),
      fc.record({ '@replace': fc.record({ pattern: fc.constantFrom('a', '(', '.*'), value }) }),
      fc.record({ '@case': fc.record({ operator: fc.constantFrom('lower', 'upper', 'x'), value }) }),
      fc.record({ '@excludeWhenNull': value }),
      fc.record({ '@transform': fc.record({ apply: value, mapping: value }) }),
      fc.record({ '@liquid': wildText }),
      fc.tuple(wildName, value).map(([name, given]) => ({ [`@${name}`]: given }))
    )
  }
}).value

const wildSubscription = fc.constantFrom(...actionKeys).chain((partnerAction) => {
  const { mapping } = toDefaultSubscription(partnerAction)
  const given = fc.dictionary(fc.constantFrom(...Object.keys(mapping)), wildMappingValue, { maxKeys: 4 })
  return fc.tuple(given, fc.constantFrom({}, mapping, { ...mapping, ...required })).map(([wild, base]) => ({
    partnerAction,
    subscribe: ANY_EVENT,
    mapping: { ...base, ...wild } as typeof mapping
  }))
})

const settings = newSettings()

/** What the hosts below do with a mapped event. */
let perform: Perform<unknown> = () => undefined

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

const hosts: Record<string, (event: SegmentEvent, subscription: FriendbuySubscription) => Promise<unknown>> =
  {
    ours: (event, subscription) => ours(event, subscription, settings),
    'of actions-core': (event, subscription) =>
      destination.onEvent(event, { ...settings, subscription: { ...subscription } })
  }

/** What became of an event in a host: whether the action was reached, what it sent, and what came back. */
const performed = async (
  which: keyof typeof hosts,
  event: SegmentEvent,
  subscription: FriendbuySubscription
) => {
  const { request, sent } = newRecorder()
  let isReached = false
  perform = (action, input) => {
    isReached = true
    return performWith(action, request, input)
  }
  const error: unknown = await hosts[which]?.(event, subscription).then(
    () => undefined,
    (thrown: unknown) => thrown
  )
  return { sent: sent(), isReached, error }
}

/** Where an error has several causes, their stacks follow. */
const firstLineOf = (error: unknown) => String(error).split('\n')[0]

/** actions-core fails over these by itself; our host takes them for missing. */
const isNullContext = ({ context }: SegmentEvent) =>
  (context as unknown) === null || (context as { personas?: unknown } | undefined)?.personas === null

describe('A host of the destination within the process', () => {
  const check = async (event: SegmentEvent, subscription: FriendbuySubscription, isInOrder: boolean) => {
    const before = sharedNames()
    // Neither is frozen: actions-core makes a `__proto__` the prototype of a copy, and completes an `@replace`.
    const given = JSON.stringify(event)
    const { sent, isReached, error } = await performed('ours', event, subscription)
    expect(JSON.stringify(event)).toBe(given)
    if (!isNullContext(event)) {
      const { error: theirError, ...theirs } = await performed('of actions-core', event, subscription)
      expect({ sent, isReached }).toEqual(theirs)
      expect([toStatus(error), firstLineOf(error)]).toEqual([toStatus(theirError), firstLineOf(theirError)])
    }
    if (isReached ? error !== undefined : isInOrder) expect(toStatus(error)).toBe(400)
    expect(sent.length).toBe(error === undefined ? 1 : 0)
    for (const body of sent) expect(violationIn(subscription.partnerAction, body)).toBeUndefined()
    const said = JSON.stringify([sent, String(error)])
    expect(said.includes(settings.authKey) || said.includes(settings.authSecret)).toBe(false)
    expect(sharedNames()).toEqual(before)
  }

  it('delivers any event through the default mappings, or has it fail with a 400', () =>
    fc.assert(
      fc.asyncProperty(wildEvent, fc.constantFrom(...actionKeys), (event, key) =>
        check(event, { ...toDefaultSubscription(key), subscribe: ANY_EVENT }, true)
      ),
      { numRuns: RUNS }
    ))

  it('delivers any event through any mapping, or has it fail; with a 400 where the mapping was found in order', () =>
    fc.assert(
      fc.asyncProperty(wildEvent, wildSubscription, (event, subscription) => {
        let isInOrder = true
        try {
          checkSubscriptions([subscription])
        } catch {
          isInOrder = false
        }
        return check(event, subscription, isInOrder)
      }),
      { numRuns: RUNS }
    ))
})

describe('previewEvent', () => {
  it.each([[null], [{ personas: null }]])('takes the context %j for a missing one', async (context) => {
    const event: object = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com' }, context }
    expect(await previewEvent(event as SegmentEvent)).toEqual([
      {
        action: 'trackCustomer',
        path: '/v1/customer',
        body: { customerId: 'c-1', email: 'ada@example.com' },
        dropped: []
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
            /^(?:(?:the whole|\[\d+\])[^\p{Cc}]*: [^\p{Cc}]+(?:\n|$))+$/u
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

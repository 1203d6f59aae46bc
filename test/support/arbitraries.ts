import type { RequestClient, SegmentEvent } from '@segment/actions-core'
import fc, { type Arbitrary } from 'fast-check'
import { type ActionKey, actions, createFriendbuyDestination, type DroppedValue } from '../../src'
import { isRecord } from '../../src/values'
import { operations } from '../../src/mapi/contract/operations'
import { toHostResponse } from './hosts/response'

/**
 * Number of runs of each property. More runs hunt for defects, from another seed each time:
 * `WILD_RUNS=20000 npx jest test/properties test/mapping`.
 */
export const RUNS = Number(process.env.WILD_RUNS ?? 100)
if (process.env.WILD_RUNS === undefined) fc.configureGlobal({ seed: 20_261_124 })

export const actionKeys = Object.keys(actions) as ActionKey[]

const bodies = {
  trackCustomer: operations.postCustomer.input,
  trackPurchase: operations.postPurchaseEvent.input,
  trackSignUp: operations.postSignUpEvent.input,
  trackCustomEvent: operations.postCustomEvent.input
}

/** What is wrong with a body of an action's by MAPI's contract. */
export const violationIn = (key: ActionKey, body: unknown): string | undefined =>
  // The code of a currency is the merchant's own: an action passes on whatever MAPI is to refuse.
  bodies[key].violationOf(
    isRecord(body) && 'currency' in body ? { ...body, currency: 'USD' } : body,
    '',
    'refused'
  )

/** Values for all that the actions require. */
export const required = {
  customerId: 'c-1',
  email: 'ada@example.com',
  orderId: 'o-1',
  amount: 10,
  currency: 'USD',
  eventType: 'Downloaded',
  eventProperties: {}
}

/** Names that JavaScript or a host gives a meaning. */
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'length',
  '$x',
  '',
  '0'
]

const names = [
  ...new Set([
    ...Object.values(actions).flatMap(({ fields }) => Object.keys(fields)),
    'first_name',
    'couponCode',
    'sku',
    'price',
    'quantity',
    'authKey',
    ...oddNames
  ])
]

export const wildName = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 20 }))

export const wildText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    ...['1990-05-17', '--02-29', '0000-02-30', ' IN ', '12.5', '0x10', '1e999', 'true', '  ', '\u00a0'],
    ...[
      '\ud800',
      '\udc00x',
      'a\u0000b',
      '\u202eabc',
      '\u200f',
      '\u2028',
      'a\r\nX-Evil: 1',
      '\u001b[2J\u009b'
    ],
    ...['{{a}}', '$.userId', 'ß', 'ŉ', 'x'.repeat(128), '😀'.repeat(64), `${'😀'.repeat(64)}!`]
  )
)

const leaf = fc.oneof(
  { weight: 3, arbitrary: wildText },
  fc.constantFrom(null, true, false, 0, -0, 1, -1, 2.5, 1e21, 1e308, Number.MAX_SAFE_INTEGER, 5e-324),
  fc.double()
)

/** What only a host within the process can hand over. */
const unserializable = fc.constantFrom<unknown>(
  ...[undefined, NaN, Infinity, 10n, new Date(0), new Date(NaN), new Map([['a', 'b']]), new Set(['a']), /a/],
  ...[
    () => 'a',
    Symbol('a'),
    new (class Customer {
      readonly name = 'Ada'
    })(),
    new Error('a'),
    new Boolean(true)
  ],
  ...[Object.create(null), new String('a'), Object.assign([], { 2: 'sparse' })]
)

const nestedOf = (values: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>((tie) => {
    const value = tie('value')
    const list = fc.array(value, { maxLength: 4 })
    return {
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { weight: 4, arbitrary: values },
        list,
        list.map((items) => [items]),
        list.map((items) => ({ 0: items })),
        list.map((items) => [{ 0: items }]),
        wildObjectOf(value)
      )
    }
  }).value

/** An object, also with an own `__proto__`. */
const wildObjectOf = (values: Arbitrary<unknown>): Arbitrary<Record<string, unknown>> =>
  fc.array(fc.tuple(wildName, values), { maxLength: 14 }).map((entries) => Object.fromEntries(entries))

/** More short texts than additionalProperties have places, by names of any kind. */
const shortTexts = fc
  .array(fc.tuple(fc.string(), fc.string()), { minLength: 8, maxLength: 14, size: 'max' })
  .map((entries) => Object.fromEntries(entries))

/** Any JSON, aimed at what the actions read. */
export const wildJson = nestedOf(leaf)

export const wildJsonObject = wildObjectOf(wildJson)

/** Any JSON, and what it cannot hold. */
export const wildValue = nestedOf(fc.oneof({ weight: 4, arbitrary: leaf }, unserializable))

/** An event with any JSON in it, in order to the eye. */
export const wildEvent = fc
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

/** Now and then a value of its own kind, else any. */
const mostly = (usual: Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: wildJson })

const scalar = fc.oneof(
  fc.string(),
  fc.integer().map(String),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, '')
)

const plausibleProducts = fc.array(
  fc.record(
    {
      sku: scalar,
      product_id: scalar,
      name: scalar,
      price: fc.oneof(fc.double(), scalar),
      quantity: scalar,
      more: wildJson
    },
    { requiredKeys: [] }
  ),
  { maxLength: 3 }
)

/** An event with all that the actions require, and with what else they read in most of its shapes. */
export const plausibleEvent: Arbitrary<SegmentEvent> = fc
  .tuple(
    fc.record(
      {
        coupon: mostly(scalar),
        attributionId: mostly(scalar),
        referralCode: mostly(scalar),
        giftCardCodes: mostly(fc.oneof(fc.array(scalar, { maxLength: 3 }), scalar)),
        products: mostly(
          fc.oneof(
            plausibleProducts,
            plausibleProducts.map((items) => ({ 0: items })),
            plausibleProducts.map((items) => items[0])
          )
        ),
        friendbuyAttributes: mostly(wildObjectOf(scalar)),
        revenue: mostly(scalar),
        deduplicationId: mostly(scalar),
        age: mostly(scalar),
        birthday: mostly(scalar)
      },
      { requiredKeys: [] }
    ),
    fc.record(
      {
        firstName: mostly(scalar),
        last_name: mostly(scalar),
        name: mostly(scalar),
        age: mostly(scalar),
        birthday: mostly(scalar),
        isNewCustomer: mostly(scalar),
        loyaltyStatus: mostly(scalar),
        address: mostly(fc.record({ country: scalar, postal_code: scalar }, { requiredKeys: [] })),
        friendbuyAttributes: mostly(wildObjectOf(scalar))
      },
      { requiredKeys: [] }
    ),
    fc.record(
      {
        anonymousId: mostly(scalar),
        messageId: mostly(scalar),
        timestamp: mostly(scalar),
        context: fc.oneof(
          fc.record(
            {
              page: mostly(fc.record({ url: scalar, title: scalar })),
              ip: mostly(scalar),
              userAgent: mostly(scalar)
            },
            { requiredKeys: [] }
          ),
          fc.record({ personas: wildJson })
        )
      },
      { requiredKeys: [] }
    )
  )
  .map(
    ([properties, traits, rest]) =>
      ({
        ...rest,
        type: 'track',
        event: 'Order Completed',
        userId: 'c-1',
        properties: {
          ...properties,
          order_id: 'o-1',
          total: 12.5,
          currency: 'USD',
          email: 'ada@example.com'
        },
        traits: { ...traits, email: 'ada@example.com' }
      }) as SegmentEvent
  )

const wildPath = fc.constantFrom(
  ...['$', '$.properties', '$.properties.products', '$.userId', '$.traits', '$.constructor', '$.__proto__'],
  ...['$.properties.__proto__.x', '$.properties["', '$..[', '', 'userId', '$.properties.products[0].sku']
)

/** A value of a mapping: any JSON, or a directive, well-formed or not. */
export const wildMappingValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const value = tie('value')
  const at = wildPath.map((text) => ({ '@path': text }))
  return {
    value: fc.oneof(
      { depthSize: 'small' },
      at,
      wildJson,
      fc.tuple(wildPath, wildJson).map(([given, otherwise]) => ({ '@path': given, '@else': otherwise })),
      fc
        .tuple(value, value, value)
        .map(([exists, then, other]) => ({ '@if': { exists, then, else: other } })),
      fc.tuple(value, value).map(([blank, then]) => ({ '@if': { blank, then } })),
      wildText.map((text) => ({ '@template': `{{properties.${text}}} {{userId}}` })),
      fc.tuple(at, value).map(([list, item]) => ({ '@arrayPath': [list, item] })),
      fc.tuple(wildPath, wildJsonObject).map(([list, item]) => ({ '@arrayPath': [list, item] })),
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

const soundPath = fc.constantFrom(
  ...[
    '$.properties.order_id',
    '$.properties.total',
    '$.properties.products',
    '$.properties.products.0.sku',
    '$.userId'
  ],
  ...[
    '$.traits.email',
    '$.properties["coupon"]',
    '$.properties.friendbuyAttributes',
    '$.messageId',
    '$.traits.address'
  ],
  ...[
    'properties.products[0].price',
    '$.context.page.url',
    '$.traits.missing',
    '$.event',
    '$.anonymousId',
    '$.timestamp'
  ]
)

/** A value of a mapping that no host refuses. */
export const soundMappingValue: Arbitrary<unknown> = fc.letrec<{
  value: unknown
  directive: unknown
  object: unknown
}>((tie) => {
  const value = tie('value')
  const at = soundPath.map((text) => ({ '@path': text }))
  const short = fc.string({ maxLength: 10 })
  const pattern = fc.oneof(
    fc.constantFrom('a', 'o', '(', '.*', '$', '-', 'E', ' '),
    fc.string({ minLength: 1, maxLength: 10 })
  )
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: at },
      { weight: 2, arbitrary: fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null)) },
      { weight: 5, arbitrary: tie('directive') },
      tie('object'),
      fc.array(value, { maxLength: 3 })
    ),
    object: fc.dictionary(fc.constantFrom('sku', 'price', 'size', 'a b', 'constructor', '0'), value, {
      maxKeys: 3
    }),
    directive: fc.oneof(
      at,
      fc
        .record({ '@path': soundPath, _metadata: fc.constant({ label: 'a' }) })
        .map((directive): unknown => directive),
      fc.record({ '@path': fc.record({ '@template': soundPath }) }),
      fc
        .record({ exists: at, then: value, else: value, blank: value }, { requiredKeys: ['exists'] })
        .map((options) => ({ '@if': options })),
      fc
        .record({ blank: at, then: value, else: value }, { requiredKeys: ['blank'] })
        .map((options) => ({ '@if': options })),
      fc
        .array(
          fc.oneof(
            soundPath.map((text) => `{{${text.replace('$.', '')}}}`),
            fc.string()
          ),
          { maxLength: 4 }
        )
        .map((parts) => ({ '@template': parts.join('{') })),
      fc
        .tuple(fc.oneof(soundPath, at), fc.oneof(tie('object'), tie('directive')))
        .map((list) => ({ '@arrayPath': list })),
      soundPath.map((text) => ({ '@arrayPath': [text] })),
      fc.record({ '@literal': value }),
      fc.record({ '@excludeWhenNull': value }),
      fc.record({
        '@json': fc.record({ mode: fc.constantFrom('encode', 'decode'), value: tie('directive') })
      }),
      fc
        .record(
          { separator: fc.constantFrom('.', '__proto__'), value: tie('directive'), omitArrays: fc.boolean() },
          { requiredKeys: ['separator', 'value'] }
        )
        .map((options) => ({ '@flatten': options })),
      fc.record({
        '@merge': fc.record({
          direction: fc.constantFrom('left', 'right'),
          objects: fc.array(fc.oneof(tie('object'), tie('directive')), { maxLength: 3 })
        })
      }),
      fc
        .record(
          {
            pattern,
            replacement: short,
            pattern2: pattern,
            replacement2: short,
            ignorecase: fc.boolean(),
            global: fc.boolean(),
            value: fc.oneof(fc.string(), at)
          },
          { requiredKeys: ['pattern', 'value'] }
        )
        .map((options) => ({ '@replace': options })),
      fc
        .record({ operator: fc.constantFrom('lower', 'upper'), value: fc.oneof(fc.string(), at) })
        .map((options) => ({ '@case': options })),
      fc.record({
        '@transform': fc.record({ apply: tie('object'), mapping: fc.oneof(tie('object'), tie('directive')) })
      })
    )
  }
}).value

/** A payload of an action with any value in any field, and now and then all that is required. */
export const wildPayload = (key: ActionKey): Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      fc.record(
        Object.fromEntries(
          Object.keys(actions[key].fields).map((name) => [
            name,
            /products|Properties|Attributes/.test(name)
              ? fc.oneof(
                  wildValue,
                  wildObjectOf(wildValue),
                  shortTexts,
                  fc.array(wildObjectOf(wildValue), { maxLength: 4 })
                )
              : wildValue
          ])
        ),
        { requiredKeys: [] }
      ),
      fc.constantFrom('none', 'missing', 'all')
    )
    .map(([given, which]) =>
      which === 'none' ? given : which === 'all' ? { ...given, ...required } : { ...required, ...given }
    )

/** Freezes a value with all that it holds: whoever changes it then throws. */
export const deepFreeze = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  Object.values(value).forEach(deepFreeze)
  return value
}

/** Shows what objects inherit, so that two values that differ only there compare as different. */
export const withPrototypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withPrototypes)
  if (!isRecord(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  const own = Object.entries(value).map(([key, item]) => [key, withPrototypes(item)])
  return prototype === Object.prototype ? { own } : { own, prototype: withPrototypes(prototype) }
}

/** The names on what all objects share: a pollution adds one. */
export const sharedNames = (): PropertyKey[] =>
  [Object.prototype, Array.prototype, String.prototype, Function.prototype].flatMap(Reflect.ownKeys)

/** A host's request that goes nowhere: it remembers what was asked, and answers in MAPI's place. */
export const newRecorder = ({ status = 201, text = '{"eventId":"e-1"}' } = {}) => {
  const calls: { url: string; method?: string; headers?: unknown; json?: unknown }[] = []
  const request = (url: string, { method, headers, json }: Parameters<RequestClient>[1] = {}) => {
    calls.push({ url, method, headers, json })
    const isAuthorization = url.endsWith('/v1/authorization')
    const token = JSON.stringify({ tokenType: 'Bearer', token: 'a-token', expires: '2099-01-01T00:00:00Z' })
    return Promise.resolve(isAuthorization ? toHostResponse(200, token) : toHostResponse(status, text))
  }
  return {
    request: request as RequestClient,
    calls,
    /** The bodies of the calls that are no authorizations, as they go over the wire. */
    sent: () =>
      calls
        .filter(({ url }) => !url.endsWith('/v1/authorization'))
        .map(({ json }) => JSON.parse(JSON.stringify(json)) as Record<string, unknown>)
  }
}

const { actions: definitions } = createFriendbuyDestination()

/** An action's `perform`, as a host calls it that does nothing else. */
export const performWith = async (
  key: ActionKey,
  request: RequestClient,
  input: { payload: unknown; settings: unknown; logger?: unknown }
): Promise<unknown> => {
  const perform = definitions[key]?.perform as (request: RequestClient, input: unknown) => Promise<unknown>
  return perform(request, input)
}

/** Whether a leaf at this path is named by the report, by itself or within what holds it. */
export const isReported = (path: string, dropped: readonly DroppedValue[]): boolean =>
  dropped.some(({ name }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))

/** The leaves of a value with their paths, such as `products[0].sku`. */
export const leavesOf = (value: unknown, path = ''): [string, unknown][] => {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, index) => leavesOf(item, `${path}[${index}]`))
  if (!isRecord(value)) return [[path, value]]
  return Object.entries(value).flatMap(([name, item]) =>
    leavesOf(item, path === '' ? name : `${path}.${name}`)
  )
}

import type { RequestClient } from '@segment/actions-core'
import fc, { type Arbitrary } from 'fast-check'
import { type ActionKey, actions, createFriendbuyDestination, type DroppedValue } from '../../src'
import { isRecord } from '../../src/values'
import { operations } from '../../src/mapi/contract/operations'
import { violationOf } from '../../src/sandbox/contract-check'
import { toHostResponse } from './hosts/response'

/** How many examples a property is tried with; more of them hunt for defects: `WILD_RUNS=20000 npx jest test/wild`. */
export const RUNS = Number(process.env.WILD_RUNS ?? 100)

export const actionKeys = Object.keys(actions) as ActionKey[]

const bodies = {
  trackCustomer: operations.postCustomer.body,
  trackPurchase: operations.postPurchaseEvent.body,
  trackSignUp: operations.postSignUpEvent.body,
  trackCustomEvent: operations.postCustomEvent.body
}

/** What is wrong with a body of an action's by MAPI's contract. */
export const violationIn = (key: ActionKey, body: unknown): string | undefined =>
  violationOf(bodies[key], body)

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

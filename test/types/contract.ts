/** Compiled by `npm run typecheck`, never run: what the compiler must refuse, and what it must take. */
import type { DestinationDefinition } from '@segment/actions-core'
import type {
  ActionKey,
  AdditionalProperties,
  Attribute,
  Birthday,
  BodyOf,
  EventPath,
  EventPreview,
  Field,
  Fields,
  FriendbuyAction,
  FriendbuyDestinationOptions,
  FriendbuySubscription,
  OnDrop,
  DroppedValue,
  DropReason,
  LoyaltyStatus,
  MapiAccount,
  PayloadOf,
  PreparedCall,
  PreviewOptions,
  Product,
  productFields,
  Settings
} from '../../src'
import friendbuy, {
  actions,
  checkSubscriptions,
  createFriendbuyDestination,
  parseBirthday,
  previewEvent,
  settingsFields,
  toAdditionalProperties,
  toAttributes,
  toMapiAccount
} from '../../src'
import { defineAction } from '../../src/cloud/define-action'
import * as mapiEntry from '../../src/mapi'
import * as sandboxEntry from '../../src/sandbox'

const { createMapiClient } = mapiEntry

export const definition: DestinationDefinition<Settings> = friendbuy

const common = { title: '', description: '', defaultSubscription: '', path: '/v1/event/purchase' } as const
const order = { orderId: 'o', amount: 1, currency: 'USD' }
const fields = {
  orderId: { label: '', description: '', type: 'string', required: true },
  amount: { label: '', description: '', type: 'number' },
  codes: { label: '', description: '', type: 'string', multiple: true }
} as const

export const accepted = defineAction({ ...common, fields, toBody: ({ orderId }) => ({ ...order, orderId }) })

// @ts-expect-error a property that MAPI does not support
export const misspelt = defineAction({ ...common, fields, toBody: () => ({ ...order, cupon: 'x' }) })

// @ts-expect-error a property that MAPI does not support, added by a spread
export const spread = defineAction({ ...common, fields, toBody: ({ codes }) => ({ ...order, ...{ codes } }) })

// @ts-expect-error a property that MAPI requires is missing
export const incomplete = defineAction({ ...common, fields, toBody: () => ({ orderId: 'o' }) })

// @ts-expect-error an optional field for a property that MAPI requires
export const optional = defineAction({ ...common, fields, toBody: ({ amount }) => ({ ...order, amount }) })

// @ts-expect-error a path that no action posts to
export const elsewhere = defineAction({ ...common, path: '/v1/authorization', fields, toBody: () => order })

export const payload: PayloadOf<typeof fields> = { orderId: 'o', codes: ['c'] }
export const product: PayloadOf<typeof productFields> = { sku: 's', price: 1.5 }

// @ts-expect-error a required field is missing
export const withoutId: PayloadOf<typeof fields> = { amount: 1 }

const mapi = createMapiClient({ key: 'k', secret: 's' })

export const event: Promise<{ eventId: string; createdOn: string }> = mapi.postPurchaseEvent(order)
export const deletion: Promise<{ jobId?: string; task_id?: string }> = mapi.deleteUserData({
  customerId: 'c'
})

// @ts-expect-error a misspelt property
void mapi.postPurchaseEvent({ ...order, orderID: 'o' })

// @ts-expect-error an unknown loyalty status
void mapi.postCustomer({ customerId: 'c', email: 'e', loyaltyStatus: 'gold' })

// What the main entry exports.

export const keys: ActionKey[] = ['trackCustomer', 'trackPurchase', 'trackSignUp', 'trackCustomEvent']

// @ts-expect-error an unknown action
export const otherKey: ActionKey = 'trackOrder'

export const action: FriendbuyAction = actions.trackPurchase
export const call: PreparedCall = action.prepare({ anything: 1 })
export const paths: EventPath[] = [action.path, call.path]

// @ts-expect-error a path that no action posts to
export const otherPath: EventPath = '/v1/authorization'

const options: FriendbuyDestinationOptions = { mapiUrl: 'http://127.0.0.1:8787' }
export const definitions: DestinationDefinition<Settings>[] = [
  createFriendbuyDestination(),
  createFriendbuyDestination(options)
]

export const settings: Settings = { authKey: 'k', authSecret: 's' }
export const settingTypes: 'password'[] = Object.values(settingsFields).map(({ type }) => type)

const { authKey } = settings
// @ts-expect-error the secret is missing
export const halfSettings: Settings = { authKey }

export const field: Field = { label: '', description: '', type: 'object', multiple: true, properties: fields }
export const ownFields: Fields = { ...fields, field }

// @ts-expect-error an unsupported type of field
export const otherField: Field = { label: '', description: '', type: 'datetime' }

// @ts-expect-error list items of another type than the field
export const wrongCodes: PayloadOf<typeof fields> = { orderId: 'o', codes: [1] }

export const account: MapiAccount = toMapiAccount('k', 'uat:s', options.mapiUrl)

const dropped: DroppedValue[] = []
const onDrop: OnDrop<DropReason> = (name, reason) => dropped.push({ name, reason })
const attributes: Attribute[] = toAttributes('custom', { color: 'red', size: 42 })
export const additional: AdditionalProperties = toAdditionalProperties(
  attributes,
  { anonymousId: undefined },
  onDrop
)
export const reasons: DropReason[] = dropped.map(({ reason }) => reason)

// @ts-expect-error an unknown reason
onDrop('color', 'out of fashion')

// @ts-expect-error a value that is not a string
export const wrongAdditional: AdditionalProperties = { size: 42 }

const loyaltyStatuses: LoyaltyStatus[] = ['in', 'out', 'blocked']
const [loyaltyStatus] = loyaltyStatuses
const birthday: Birthday | undefined = parseBirthday('0000-12-25')
const line: Product = { sku: 's', name: 'n', quantity: 1, price: 9.5, imageUrl: '/s.jpg' }

export const purchaseBody: BodyOf<'/v1/event/purchase'> = { ...order, products: [line] }
export const signUpBody: BodyOf<'/v1/event/account-sign-up'> = {
  customerId: 'c',
  email: 'e',
  birthday,
  loyaltyStatus
}

// @ts-expect-error a day without a month
export const wrongBirthday: Birthday = { day: 25 }

// @ts-expect-error a product without a sku
export const wrongProduct: Product = { name: 'n' }

const subscription: FriendbuySubscription = {
  partnerAction: 'trackPurchase',
  subscribe: 'type = "track"',
  mapping: { orderId: { '@path': '$.properties.order_id' } }
}
const previewOptions: PreviewOptions = { action: 'trackPurchase', subscriptions: [subscription] }
export const previews: Promise<EventPreview[]> = previewEvent({ type: 'track' }, previewOptions)
export const bodyOrError = ({
  action: key,
  path,
  body,
  error,
  dropped: missing,
  notMapped
}: EventPreview) => ({
  text: `${key} ${path} ${body ? 'a body' : (error?.message ?? '')} ${error?.status ?? 0}`,
  missing,
  names: notMapped.map(({ name, suggestion = '' }) => name + suggestion)
})
export const checked: FriendbuySubscription[] = checkSubscriptions(JSON.parse('[]'))

// What the entry of the client exports.

const clientOptions: mapiEntry.MapiClientOptions = {
  key: 'k',
  secret: 's',
  mapiUrl: mapiEntry.MAPI_URL,
  timeoutMs: 1000,
  retries: 0,
  maxRetryAfterMs: 1000
}
export const transportOptions: mapiEntry.GotTransportOptions = clientOptions
export const client: mapiEntry.MapiClient = createMapiClient(clientOptions)

export const operationNames: mapiEntry.OperationName[] = [
  'postAuthorization',
  'postPurchaseEvent',
  'postSignUpEvent',
  'postCustomEvent',
  'postCustomer',
  'getCustomer',
  'getUserData',
  'deleteUserData'
]
export const credentials: mapiEntry.InputOf<'postAuthorization'> = { key: 'k', secret: 's' }
export const input: mapiEntry.InputOf<'postPurchaseEvent'> = purchaseBody
export const query: mapiEntry.InputOf<'getCustomer'> = { id: 'c' }
export const loyaltyOf = async (): Promise<mapiEntry.AnswerOf<'getCustomer'>['loyaltyInfo']> =>
  (await client.getCustomer(query)).loyaltyInfo
export const tokenOf = async (): Promise<string> => (await client.postAuthorization()).token

export const sameTypes: [
  mapiEntry.AdditionalProperties,
  mapiEntry.Birthday | undefined,
  mapiEntry.LoyaltyStatus | undefined,
  mapiEntry.Product
] = [additional, birthday, loyaltyStatus, line]

// @ts-expect-error the client authorizes with the credentials that it has
void client.postAuthorization(credentials)

// @ts-expect-error a customer is asked for by ID
void client.getCustomer({ email: 'e' })

// What the entry of the sandbox exports.

const faults: sandboxEntry.Fault[] = [
  { status: 503, body: { message: 'no' }, headers: { 'retry-after': '1' } },
  { html: 502 },
  { drop: 'before' },
  { drop: 'after' },
  { cutShort: true },
  { latencyMs: 200 }
]
const scope: sandboxEntry.FaultScope = { path: '/v1/customer', times: 2, share: 0.5 }
const sandboxOptions: sandboxEntry.SandboxOptions = {
  port: 0,
  host: '127.0.0.1',
  random: () => 0,
  onCall: ({ at, status = 0 }: sandboxEntry.SandboxRecord) => `${at} ${status}`,
  credentials: [credentials],
  tokenLifetimeMs: 1000,
  ratePerSecond: 5,
  keep: 100
}
export const useSandbox = async (): Promise<(string | undefined)[]> => {
  const sandbox: sandboxEntry.Sandbox = await sandboxEntry.startSandbox(sandboxOptions)
  const undo: (() => void)[] = faults.map((fault) => sandbox.injectFault(fault, scope))
  undo.forEach((undoOne) => undoOne())
  sandbox.revokeTokens(sandboxEntry.merchantOf(credentials))
  sandbox.revokeTokens()
  await sandbox.close()
  return [
    sandbox.url,
    ...sandbox.records.map(({ merchant, duplicateOf, eventId }) => merchant ?? duplicateOf ?? eventId)
  ]
}

// @ts-expect-error a connection is dropped before or after a call
export const wrongMisbehaviour: sandboxEntry.Fault = { drop: 'never' }

// @ts-expect-error the records are the sandbox's to write
export const clear = (sandbox: sandboxEntry.Sandbox): unknown => (sandbox.records = [])

import {
  createCustomerAuth,
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  isGenuineVisitorStatus,
  type RewardValidation
} from '../../src/webhooks'
import worked from './cases.json'

interface WebhookCase {
  name: string
  kind: 'webhook'
  handler: 'webhook' | 'rewardValidation' | 'emailAuthorization'
  secretKey: string | string[]
  request: { method: string; headers: Record<string, string>; body: string }
  only?: string[]
  failOn?: string
  decide?: boolean | 'throw'
  allowed?: string[]
  expect: { status: number; handed?: string[]; types?: string[]; given?: RewardValidation; body?: unknown }
}

interface CustomerAuthCase {
  name: string
  kind: 'customerAuth'
  secretKey: string
  email: string
  customerId: string
  at: string
  expect: { authString: string; signature: string }
}

interface VisitorStatusCase {
  name: string
  kind: 'visitorStatus'
  secretKey: string
  payload: unknown
  signature: string
  expect: boolean
}

const cases = worked as (WebhookCase | CustomerAuthCase | VisitorStatusCase)[]
const ofKind = <Kind extends (typeof cases)[number]['kind']>(kind: Kind) =>
  cases.filter((one): one is Extract<(typeof cases)[number], { kind: Kind }> => one.kind === kind)

const TYPES = [
  'advocateReward',
  'friendIncentive',
  'loyaltyReward',
  'emailCapture',
  'emailOptOut',
  'receipt',
  'ledgerTransaction',
  'customerUpdate',
  'unknown'
]

const onError = () => undefined

const createHandler = (
  { handler, secretKey, only, failOn, decide, allowed = [] }: WebhookCase,
  seen: { handed: string[]; types: string[]; given?: RewardValidation }
) => {
  switch (handler) {
    case 'webhook':
      return createWebhookHandler({
        secretKey,
        onError,
        on: Object.fromEntries(
          (only ?? TYPES).map((type) => [
            type,
            (_item: unknown, webhook: { type: string }) => seen.types.push(webhook.type)
          ])
        ),
        once: async (key, work) => {
          seen.handed.push(key)
          if (key === failOn) throw new Error('as the case has it')
          await work()
        }
      })
    case 'rewardValidation':
      return createRewardValidationHandler({
        secretKey,
        onError,
        isValid: (validation) => {
          seen.given = validation
          if (decide === 'throw' || decide === undefined) throw new Error('as the case has it')
          return decide
        }
      })
    case 'emailAuthorization':
      return createEmailAuthorizationHandler({ secretKey, onError, allowed: () => allowed })
  }
}

describe('The worked cases', () => {
  it.each(ofKind('webhook'))('$handler: $name', async (worked) => {
    const seen: Parameters<typeof createHandler>[1] = { handed: [], types: [] }
    const handle = createHandler(worked, seen)
    const response = await handle(new Request('https://shop.example/hook', worked.request))
    const { status, handed, types, given, body } = worked.expect
    expect(response.status).toBe(status)
    if (handed) expect(seen.handed).toEqual(handed)
    if (types) expect(seen.types).toEqual(types)
    if (given) expect(seen.given).toEqual(given)
    if (body) expect(await response.json()).toEqual(body)
  })

  it.each(ofKind('customerAuth'))('customer authentication: $name', async (worked) => {
    const { email, customerId, at, secretKey } = worked
    expect(await createCustomerAuth({ email, customerId, at: new Date(at) }, secretKey)).toEqual(
      worked.expect
    )
  })

  it.each(ofKind('visitorStatus'))('visitor status: $name', async (worked) => {
    const { payload, signature, secretKey } = worked
    expect(await isGenuineVisitorStatus({ payload, signature }, secretKey)).toBe(worked.expect)
  })
})

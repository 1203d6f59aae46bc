import { type OperationName, operationOf, operations } from '../../../src/mapi/contract/operations'
import { toRepeat } from '../../../src/mapi/repeat'

const range = 'fromDate? toDate? pageSize? pageToken?'
const person = 'firstName? lastName? isNewCustomer? ipAddress? userAgent? additionalProperties?'
const traces = 'couponCode? attributionId? referralCode?'
const change = 'currency value adjustmentType description expirationDate?'
const link =
  'email campaignId widgetId? customerId? firstName? lastName? destinationUrlQueryParams? seed? channel? ipAddress? userAgent?'

interface Row {
  call: string
  input: string
  repeat?: string
  retryStatuses?: number[]
  paged?: string
  atLeastOne?: string[]
}

/** Method, path and properties of every operation, with a question mark behind the optional ones. */
const rows: Record<OperationName, Row> = {
  postAuthorization: { call: 'POST /v1/authorization', input: 'key secret' },
  postPersonalReferralLink: { call: 'POST /v1/personal-referral-link', input: link },
  postPersonalReferralLinkBatch: { call: 'POST /v1/personal-referral-link-batch', input: 'requests' },
  postPurchaseEvent: {
    call: 'POST /v1/event/purchase',
    input: `orderId amount currency customerId? email? giftCardCodes? products? ${traces} ${person}`
  },
  postSignUpEvent: {
    call: 'POST /v1/event/account-sign-up',
    input: `customerId email loyaltyStatus? age? birthday? timezone? ${traces} ${person}`,
    repeat: 'unlessSeen'
  },
  postCustomEvent: {
    call: 'POST /v1/event/custom',
    input: `eventType email customerId? deduplicationId? ${traces} ${person}`,
    repeat: 'by body'
  },
  postCustomer: {
    call: 'POST /v1/customer',
    input: `customerId email loyaltyStatus? age? birthday? language? gender? category? timezone? country? state? city? zipCode? ${person}`
  },
  getRedemptionOptions: { call: 'GET /v1/reward/redemption-options', input: '' },
  postRedeem: { call: 'POST /v1/reward/redeem', input: 'redemptionOptionId customerId', repeat: 'never' },
  getCoupons: {
    call: 'GET /v1/reward/coupons',
    input: 'customerId? email? status?',
    atLeastOne: ['customerId', 'email']
  },
  postLedgerAdjustment: {
    call: 'POST /v1/ledger-adjustment',
    input: `customerId ${change}`,
    repeat: 'never'
  },
  postLedgerAdjustmentCustom: {
    call: 'POST /v1/ledger-adjustment-custom',
    input: `customCustomerId ${change}`,
    repeat: 'never'
  },
  getMemberTierCustomer: { call: 'GET /v1/customers/member-tier', input: 'id' },
  getCustomer: { call: 'GET /v1/customers', input: 'id' },
  getUserData: {
    call: 'GET /v1/user-data',
    input: 'email? customerId?',
    atLeastOne: ['email', 'customerId']
  },
  deleteUserData: {
    call: 'DELETE /v1/user-data',
    input: 'email? customerId?',
    atLeastOne: ['email', 'customerId']
  },
  getWidgetViews: {
    call: 'GET /v1/analytics/widget-views',
    input: `${range} campaignId? widgetName? widgetType?`,
    paged: 'byDate'
  },
  getShares: {
    call: 'GET /v1/analytics/shares',
    input: `${range} campaignId? advocateEmail? advocateCustomerId? channel?`,
    paged: 'byDate'
  },
  getClicks: { call: 'GET /v1/analytics/clicks', input: `${range} campaignId? channel?`, paged: 'byDate' },
  getSignups: {
    call: 'GET /v1/analytics/account-sign-ups',
    input: `${range} campaignId? customerId? email?`,
    paged: 'byDate'
  },
  getPurchases: {
    call: 'GET /v1/analytics/purchases',
    input: `${range} campaignId? customerId? email?`,
    paged: 'byDate'
  },
  getDistributedAdvocateRewards: {
    call: 'GET /v1/analytics/distributed-advocate-rewards',
    input: `${range} campaignId? advocateCustomerId? advocateEmail?`,
    paged: 'byDate'
  },
  getDistributedFriendIncentives: {
    call: 'GET /v1/analytics/distributed-friend-incentives',
    input: `${range} campaignId? friendCustomerId? friendEmail?`,
    paged: 'byDate'
  },
  getReferralRewards: {
    call: 'GET /v1/analytics/rewards/referral',
    input: `${range} campaignId? advocateCustomerId? advocateEmail? recipientType?`,
    paged: 'byDate'
  },
  getEmailCaptures: {
    call: 'GET /v1/analytics/email-captures',
    input: `${range} campaignId? emailCaptureType? email?`,
    paged: 'byDate'
  },
  getEmailMetrics: {
    call: 'GET /v1/analytics/email-metrics',
    input: 'fromDate toDate zone campaignId? widgetId? includeSeries?'
  },
  getLedgerHeads: {
    call: 'GET /v1/analytics/loyalty/ledger-heads',
    input: 'currency pageSize? pageToken?',
    paged: 'whole'
  },
  getLedgerBalance: {
    call: 'GET /v1/ledger-balance',
    input: 'customerId currency',
    retryStatuses: [409]
  },
  getLedgerBalanceCustom: {
    call: 'GET /v1/ledger-balance-custom',
    input: 'customCustomerId currency',
    retryStatuses: [409]
  },
  getLedgerEntries: {
    call: 'GET /v1/ledger-entries',
    input: 'customerId currency createdAfter',
    retryStatuses: [409]
  },
  getReferralStatus: { call: 'GET /v1/referral-status', input: 'code' }
}

const names = Object.keys(operations) as OperationName[]

const propertiesOf = (name: OperationName) =>
  Object.entries(operationOf(name).input.properties).map(([property, { optional }]) =>
    optional ? `${property}?` : property
  )

describe('The contract', () => {
  it('declares the 31 operations of the reference', () => {
    expect(names.sort()).toEqual(Object.keys(rows).sort())
    expect(names).toHaveLength(31)
  })

  it.each(names)('declares %s as the reference has it', (name) => {
    const { method, path, repeat, retryStatuses, paged, atLeastOne } = operationOf(name)
    const { call, input, repeat: expected = 'always', ...others } = rows[name]
    expect(`${method} ${path}`).toBe(call)
    expect(propertiesOf(name).sort()).toEqual(input.split(' ').filter(Boolean).sort())
    expect(typeof repeat === 'function' ? 'by body' : repeat).toBe(expected)
    expect({ retryStatuses, paged, atLeastOne }).toEqual({ ...others })
  })

  it.each([
    [{ deduplicationId: 'd-1' }, 'always'],
    [{ deduplicationId: '' }, 'unlessSeen'],
    [{}, 'unlessSeen']
  ])('classifies a custom event with %j as %s', (body, expected) => {
    expect(operations.postCustomEvent.repeat(body)).toBe(expected)
  })

  it('agrees with the classes by which hosts repeat events', () => {
    for (const name of ['postPurchaseEvent', 'postSignUpEvent', 'postCustomer'] as const) {
      expect(toRepeat(operations[name].path, {})).toBe(operations[name].repeat)
    }
  })
})

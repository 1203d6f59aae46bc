import { type OperationName, operationOf } from '../../../src/mapi/contract/operations'

const referral = { createdOn: '2024-01-02T03:04:05.000Z', trigger: 'purchase' }

/** Bodies of 2xx responses in the forms that the documentation has, and what a caller gets. */
const forms: [name: OperationName, form: string, body: unknown, answer: unknown][] = [
  ['getCoupons', 'neither records nor results', {}, { results: [] }],
  ['getCoupons', 'no JSON', '', { results: [] }],
  ['getCoupons', 'more than documented', { records: [], cursor: 7 }, { results: [], cursor: 7 }],
  ['postRedeem', 'a number', { newLedgerTotal: 350 }, { newLedgerTotal: 350 }],
  ['postRedeem', 'blank text', { couponCode: 'c', newLedgerTotal: ' ' }, { couponCode: 'c' }],
  ['postRedeem', 'Infinity', { newLedgerTotal: '1e999' }, {}],
  ['postRedeem', 'no body', '', {}],
  [
    'getLedgerBalance',
    'amounts as text',
    { currency: 'USD', total: '11.5', creditDetails: [{ amount: '10', status: 'active' }] },
    { currency: 'USD', total: 11.5, creditDetails: [{ amount: 10, status: 'active' }] }
  ],
  ['getLedgerBalanceCustom', 'no credits', { total: 0 }, { total: 0 }],
  ['postLedgerAdjustment', 'text that is no number', { total: 'n/a' }, { total: 'n/a' }],
  ['getLedgerEntries', 'an object', {}, []],
  ['getLedgerEntries', 'amounts as text', [{ total: '498', value: '-2' }], [{ total: 498, value: -2 }]],
  [
    'getReferralStatus',
    'amounts as text',
    { advocate: { rewardDetails: { amount: '10' } }, friendIncentive: { amount: '5' } },
    { advocate: { rewardDetails: { amount: 10 } }, friendIncentive: { amount: 5 } }
  ],
  ['getReferralStatus', 'no incentive', { advocate: { email: 'a' } }, { advocate: { email: 'a' } }],
  [
    'getMemberTierCustomer',
    'points as a number',
    { memberTierPoints: 7 },
    { memberTierPoints: { points: 7 } }
  ],
  [
    'getMemberTierCustomer',
    'points as an object',
    { merchantId: 'm', memberTierPoints: { points: 7 } },
    { merchantId: 'm', memberTierPoints: { points: 7 } }
  ],
  ['getCustomer', 'merchantid', { merchantid: 'm', id: 'c-1' }, { merchantId: 'm', id: 'c-1' }],
  [
    'getDistributedFriendIncentives',
    "the reward's names",
    { results: [{ ...referral, rewardType: 'Coupon Code', rewardAmount: 5 }] },
    { results: [{ ...referral, incentiveType: 'Coupon Code', incentiveAmount: 5 }] }
  ],
  [
    'getDistributedFriendIncentives',
    "the incentive's names",
    { results: [{ ...referral, incentiveType: 'Coupon Code', incentiveAmount: 5 }] },
    { results: [{ ...referral, incentiveType: 'Coupon Code', incentiveAmount: 5 }] }
  ],
  ['deleteUserData', 'jobId', { jobId: 'j' }, { jobId: 'j' }],
  ['deleteUserData', 'no body', '', {}],
  ['postPersonalReferralLinkBatch', 'response', { response: [{ link: 'l' }] }, { purls: [{ link: 'l' }] }],
  ['getClicks', 'no results', { totalResults: 0, nextPageToken: null }, { totalResults: 0, results: [] }],
  ['getClicks', 'an empty token', { results: [], nextPageToken: '' }, { results: [] }],
  ['getClicks', 'a token', { results: [], nextPageToken: 't' }, { results: [], nextPageToken: 't' }]
]

describe('An answer', () => {
  it.each(forms)('of %s with %s comes as declared', (name, _form, body, answer) => {
    expect(operationOf(name).toAnswer?.(body)).toEqual(answer)
  })
})

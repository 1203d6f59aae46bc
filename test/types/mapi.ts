/** Compiled by `npm run typecheck`, never run: what the compiler must refuse of the client's inputs. */
import { createMapiClient, type Paged, type Click, type Page } from '../../src/mapi'

const mapi = createMapiClient({ key: 'k', secret: 's' })
const range = { fromDate: '2024-01-01', toDate: new Date() }

export const report: Paged<Click> = mapi.getClicks({ ...range, channel: 'email', pageSize: 10 })
export const page: Promise<Page<Click>> = mapi.getClicks({ pageToken: 't', channel: 'a new one' })
void mapi.getCoupons({ email: 'e', status: 'redeemed' })
void mapi.getRedemptionOptions()
void mapi.getLedgerHeads({ currency: 'Points' })

// @ts-expect-error coupons of nobody
void mapi.getCoupons({})

// @ts-expect-error coupons of nobody
void mapi.getCoupons({ status: 'redeemed' })

// @ts-expect-error the data of nobody
void mapi.getUserData({})

// @ts-expect-error a deletion of nobody
void mapi.deleteUserData({})

// @ts-expect-error half a range
void mapi.getClicks({ fromDate: '2024-01-01' })

// @ts-expect-error a misspelt filter
void mapi.getClicks({ ...range, chanel: 'email' })

// @ts-expect-error a filter of another report
void mapi.getClicks({ ...range, recipientType: 'friend' })

// @ts-expect-error a whole day is text, so that no time zone moves it
void mapi.getEmailMetrics({ fromDate: new Date(), toDate: '2024-01-31', zone: 'UTC' })

// @ts-expect-error a number is no text
void mapi.postRedeem({ redemptionOptionId: 'o', customerId: 1 })

// @ts-expect-error an adjustment has a direction
void mapi.postLedgerAdjustment({ customerId: 'c', currency: 'USD', value: 1, description: 'd' })

// @ts-expect-error an undocumented property, which only JavaScript may send
void mapi.postPersonalReferralLink({ email: 'e', campaignId: 'c', prefix: 'vip' })

// @ts-expect-error there is nothing to say
void mapi.getRedemptionOptions({ campaignId: 'c' })

// @ts-expect-error a limit is required
void mapi.getClicks(range).toArray()

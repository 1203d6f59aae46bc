import { readNamesBeside } from '../../src/host/not-mapped'
import { presetSubscriptions } from '../../src/host/subscriptions'
import { suggest } from '../../src/host/suggest'

describe('suggest', () => {
  it.each([
    ['referral_kode', 'referralCode'],
    ['refferal_code', 'referralCode'],
    ['ReferralCode', 'referralCode'],
    ['Order-ID', 'order_id'],
    ['curency', 'currency'],
    ['E-Mail', 'email'],
    ['traits.Email', 'email'],
    ['address.postalcode', 'postalCode']
  ])('suggests for %s: %s', (name, suggestion) => {
    expect(suggest(name, readNamesBeside(name, presetSubscriptions))).toBe(suggestion)
  })

  it.each([
    ['a short name that is another word', 'page'],
    ['a name that nothing resembles', 'shipping'],
    ['a name that begins alike', 'product_id'],
    ['another part of a word', 'subtotal'],
    ['another word', 'status'],
    ['a name without letters', '_'],
    ['a name of Segment that no field is for', 'affiliation'],
    ['a name that other events are read by', 'referral_code']
  ])('suggests nothing for %s: %s', (_title, name) => {
    expect(suggest(name, readNamesBeside(name, presetSubscriptions))).toBeUndefined()
  })
})

import type { GlobalSetting } from '@segment/actions-core'
import { type MapiAccount, toMapiAccount } from '../mapi/account'

/** Settings fields that a merchant fills in to set up the destination. */
export const settingsFields = {
  authKey: {
    label: 'Friendbuy MAPI Key',
    description:
      'Access key for the Friendbuy Merchant API (MAPI). Contact Friendbuy support for the key and the secret.',
    type: 'password',
    required: true
  },
  authSecret: {
    label: 'Friendbuy MAPI Secret',
    description: 'Secret for the key.',
    type: 'password',
    required: true
  }
} as const satisfies Record<string, GlobalSetting>

/** Settings of one merchant: MAPI key and secret. */
export type Settings = Record<keyof typeof settingsFields, string>

/**
 * Resolves the MAPI account of a merchant.
 *
 * @param mapiUrl base URL of MAPI that the operator chose; overrides the environment in the secret
 * @throws AuthenticationError if the key or the secret is missing or blank
 */
export const toAccount = (settings: Partial<Settings> | null | undefined, mapiUrl?: string): MapiAccount =>
  toMapiAccount(settings?.authKey, settings?.authSecret, mapiUrl)

import type { GlobalSetting } from '@segment/actions-core'
import { type MapiAccount, toMapiAccount } from '../mapi/account'

/** What a merchant enters to set the destination up. */
export const settingsFields = {
  authKey: {
    label: 'Friendbuy MAPI Key',
    description:
      'Key of the Friendbuy Merchant API. Your contact at Friendbuy makes it together with the secret.',
    type: 'password',
    required: true
  },
  authSecret: {
    label: 'Friendbuy MAPI Secret',
    description: 'Secret that belongs to the key.',
    type: 'password',
    required: true
  }
} as const satisfies Record<string, GlobalSetting>

/** The settings of one merchant: the MAPI key and secret. */
export type Settings = Record<keyof typeof settingsFields, string>

/**
 * The MAPI account of a merchant.
 *
 * @param mapiUrl another MAPI than the secret names, chosen by who runs the process
 * @throws InvalidAuthenticationError when the key or the secret is missing or blank
 */
export const toAccount = (settings: Partial<Settings> | null | undefined, mapiUrl?: string): MapiAccount =>
  toMapiAccount(settings?.authKey, settings?.authSecret, mapiUrl)

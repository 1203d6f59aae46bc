import { inspect } from 'node:util'
import { createRequestClient } from '@segment/actions-core'
import type { Settings } from '../../src'
import { toMapiAccount, type MapiAccount } from '../../src/mapi/account'
import { gotTransport } from '../../src/mapi/transports/got'
import { hostTransport } from '../../src/cloud/host-transport'
import type { Transport } from '../../src/mapi/transports/transport'
import { undiciTransport } from '../../src/mapi/transports/undici'
import { merchantOf, type Sandbox, type SandboxRecord } from '../../src/sandbox'
import { newSettings, noteOutput } from './credentials'

/** The transports under their names, for tests that hold for each. */
export const transports: [string, () => Transport][] = [
  ["the host's request", () => hostTransport(createRequestClient())],
  ['got', () => gotTransport()],
  ['undici', undiciTransport]
]

/** An account at a sandbox that no other test knows. */
export const newAccount = ({ url }: Pick<Sandbox, 'url'>, settings: Settings = newSettings()): MapiAccount =>
  toMapiAccount(settings.authKey, settings.authSecret, url)

/** The name under which a sandbox records who has these settings. */
export const merchantOfSettings = ({ authKey, authSecret }: Settings): string =>
  merchantOf({ key: authKey, secret: authSecret })

/** The authorizations among a sandbox's records. */
export const authorizations = ({ records }: Sandbox): SandboxRecord[] =>
  records.filter(({ path }) => path === '/v1/authorization')

/** The calls other than authorizations that a sandbox took. */
export const taken = ({ records }: Sandbox): SandboxRecord[] =>
  records.filter(({ path, status = 0 }) => path !== '/v1/authorization' && status >= 200 && status < 300)

/** What a promise rejects with; it is an error if it does not. */
export const rejectionOf = async (promise: Promise<unknown>): Promise<Error & Record<string, unknown>> => {
  try {
    await promise
  } catch (error) {
    noteOutput(inspect(error, { depth: 10, showHidden: true }))
    return error as Error & Record<string, unknown>
  }
  throw new Error('it did not reject')
}

/** A call that a sandbox takes. */
export const aPurchase = (orderId: string) =>
  ({
    method: 'POST',
    path: '/v1/event/purchase',
    body: { orderId, amount: 10, currency: 'USD', customerId: 'customer-1' }
  }) as const

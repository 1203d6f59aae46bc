import type { Routing, Settings } from '../host/subscriptions'

/** A merchant: its credentials, and the subscriptions that its events are matched against. */
export interface Merchant extends Routing {
  /** Credentials of the merchant. */
  settings: Settings
}

/**
 * Finds a merchant by the ID that its events were enqueued with. Called for each event. Events of an unknown merchant
 * (`undefined`) fail; if it rejects, the event is retried later.
 *
 * @example
 * const resolveMerchant: ResolveMerchant = async (id) => {
 *   const row = await database.findMerchant(id)
 *   return row && { settings: { authKey: row.key, authSecret: row.secret } }
 * }
 */
export type ResolveMerchant = (id: string) => Merchant | undefined | Promise<Merchant | undefined>

import type { Settings } from '../cloud/settings'
import type { Routing } from '../host/subscriptions'

/** What a merchant's events are delivered with: credentials, and what takes the events. */
export interface Merchant extends Routing {
  settings: Settings
}

/**
 * Finds a merchant by the ID that its events were enqueued with; undefined where there is none. It is asked for each
 * event. Where it rejects, the event is tried again later.
 */
export type ResolveMerchant = (id: string) => Merchant | undefined | Promise<Merchant | undefined>

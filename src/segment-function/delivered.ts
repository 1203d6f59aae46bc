/** Maximum number of deliveries that are remembered. The oldest are forgotten. */
const MAX_DELIVERED = 10_000

/**
 * Deliveries of events of which another subscription failed. Segment calls the handler again for the whole event, and
 * these must not count twice. Lasts as long as this environment does.
 */
const delivered = new Set<string>()

/** The key of an event's delivery through a subscription; undefined for an event without an ID. */
export const toDeliveryKey = (authKey: string, messageId: unknown, index: number): string | undefined =>
  typeof messageId === 'string' && messageId !== '' ? JSON.stringify([authKey, messageId, index]) : undefined

/** Notes a delivery. */
export const remember = (key: string | undefined): void => {
  if (key === undefined) return
  delivered.add(key)
  for (const oldest of delivered.size > MAX_DELIVERED ? delivered : []) {
    delivered.delete(oldest)
    break
  }
}

/** True for a delivery that was noted. */
export const isDelivered = (key: string | undefined): boolean => key !== undefined && delivered.has(key)

/** Forgets the deliveries of an event that needs no retry. Segment may replay it later, on purpose. */
export const forget = (keys: readonly (string | undefined)[]): void => {
  for (const key of keys) if (key !== undefined) delivered.delete(key)
}

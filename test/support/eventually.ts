import { setTimeout as delay } from 'node:timers/promises'

/** How often a condition is looked at, in milliseconds. */
const EVERY_MS = 20

/** Resolves once a condition holds; rejects where that takes longer than a test may. */
export const eventually = async (
  holds: () => boolean | Promise<boolean>,
  withinMs = 25_000
): Promise<void> => {
  const giveUpAt = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`)
    await delay(EVERY_MS)
  }
}

import { createHash, randomBytes, scryptSync } from 'node:crypto'
import { isRecord } from '../values'
import { presetSubscriptions, type Routing } from '../host/subscriptions'
import type { TimeRange } from './time-range'

/** MAPI address of a rehearsal on the embedded sandbox. */
export const REHEARSAL = '--sandbox'

/** What a run sends, besides its input: a checkpoint belongs to one of these. */
export interface RunTarget extends Routing, TimeRange {
  /** MAPI's base URL, or `REHEARSAL`. */
  mapiUrl: string
  /** Name of the account: the MAPI key, or anything for a rehearsal. Not kept, but as a salted hash. */
  account: string
}

/** Identity of a run's target, as its checkpoint keeps it: plain JSON without credentials. */
export interface RunIdentity {
  mapiUrl: string
  /** Random, so that checkpoints do not show which of them share an account. */
  salt: string
  accountHash: string
  subscriptionsHash: string
  customEvents: string[]
  since: string | null
  until: string | null
}

/**
 * Returns the identity of a run's target.
 *
 * @param salt salt of the identity to compare it with
 */
export const toRunIdentity = (target: RunTarget, salt = randomBytes(16).toString('hex')): RunIdentity => ({
  mapiUrl: target.mapiUrl,
  salt,
  // Slow on purpose (about 10 ms): a short key must not be found by trying.
  accountHash: scryptSync(target.account, salt, 32, { N: 4096 }).toString('hex'),
  subscriptionsHash: sha256(JSON.stringify(target.subscriptions ?? presetSubscriptions)),
  customEvents: [...new Set(target.customEvents)].sort(),
  since: target.since?.toISOString() ?? null,
  until: target.until?.toISOString() ?? null
})

/**
 * Lists the differences between two identities with the same salt.
 *
 * @returns such as `the MAPI address (http://127.0.0.1:8787, not https://mapi.fbot.me)`
 */
export const differences = (earlier: RunIdentity, now: RunIdentity): string[] => {
  const different = (name: string, was: string | null, is: string | null) =>
    was === is ? [] : [`${name} (${was ?? 'none'}, not ${is ?? 'none'})`]
  return [
    ...different('the MAPI address', earlier.mapiUrl, now.mapiUrl),
    // A rehearsal has no account of its own.
    ...(earlier.accountHash !== now.accountHash && earlier.mapiUrl === now.mapiUrl
      ? ['the account (MAPI key)']
      : []),
    ...(earlier.subscriptionsHash === now.subscriptionsHash ? [] : ['the subscriptions (--mapping)']),
    ...different('--custom-event', toList(earlier.customEvents), toList(now.customEvents)),
    ...different('--since', earlier.since, now.since),
    ...different('--until', earlier.until, now.until)
  ]
}

/** Tells if a value, such as a file's, is a run identity. */
export const isRunIdentity = (value: unknown): value is RunIdentity =>
  isRecord(value) &&
  [value.mapiUrl, value.salt, value.accountHash, value.subscriptionsHash].every(isText) &&
  Array.isArray(value.customEvents) &&
  value.customEvents.every(isText) &&
  [value.since, value.until].every((time) => time === null || isText(time))

const isText = (value: unknown): value is string => typeof value === 'string'

const toList = (names: readonly string[]) => (names.length === 0 ? null : names.join(', '))

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

import { randomUUID } from 'node:crypto'
import type { Settings } from '../../src'

/** Credentials of a merchant that no other test knows, so that tests share no token. */
export const newSettings = (): Settings => ({
  authKey: `key-not-to-be-shown-${randomUUID()}`,
  authSecret: `secret-not-to-be-shown-${randomUUID()}`
})

/** A key or a secret of `newSettings`, as it is or within JSON or an address, or a token of a sandbox. */
const CREDENTIAL = /(key|secret)-not-to-be-shown|sandbox-[\w-]{21}/

const shown: string[] = []

/** Takes note of a text that somebody could read: a credential in it fails the test that is running. */
export const noteOutput = (text: string): void => {
  if (CREDENTIAL.test(text)) shown.push(text)
}

/** The texts with a credential that were noted since the last call. */
export const takeShownCredentials = (): string[] => shown.splice(0)

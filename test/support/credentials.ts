import { randomUUID } from 'node:crypto'
import type { Settings } from '../../src'

/** Credentials of a merchant that no other test knows, so that tests share no token. */
export const newSettings = (): Settings => ({ authKey: randomUUID(), authSecret: `secret-${randomUUID()}` })

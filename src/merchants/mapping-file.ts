import { readFile } from 'node:fs/promises'
import { toMessage } from '../messages'
import { checkSubscriptions } from '../host/check-subscriptions'
import type { FriendbuySubscription } from '../host/subscriptions'

/**
 * The subscriptions of a mapping file: JSON, `[{ "partnerAction": …, "subscribe": …, "mapping": { … } }, …]`.
 *
 * @throws Error with the path, and every mistake in a line of its own
 */
export const readMappingFile = async (path: string): Promise<FriendbuySubscription[]> => {
  const text = await attempt(`${path} cannot be read: `, () => readFile(path, 'utf8'))
  const value = await attempt(
    `${path} is not JSON: `,
    () => JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
  )
  return attempt(`${path} is no mapping file:\n`, () => checkSubscriptions(value))
}

const attempt = async <Result>(prefix: string, work: () => Result | Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    throw new Error(prefix + toMessage(error), { cause: error })
  }
}

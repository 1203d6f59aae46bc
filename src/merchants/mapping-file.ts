import { checkSubscriptions } from '../host/check-subscriptions'
import type { FriendbuySubscription } from '../host/subscriptions'
import { toMessage } from '../messages'
import { readJsonFile } from './json-file'

/**
 * The subscriptions of a mapping file: JSON, `[{ "partnerAction": …, "subscribe": …, "mapping": { … } }, …]`.
 *
 * @throws Error with the path, and every issue on a line of its own
 */
export const readMappingFile = async (path: string): Promise<FriendbuySubscription[]> => {
  const value = await readJsonFile(path, { expected: 'an array of { partnerAction, subscribe, mapping }' })
  try {
    return checkSubscriptions(value)
  } catch (error) {
    throw new Error(`Invalid mapping file ${path}:\n${toMessage(error)}`, { cause: error })
  }
}

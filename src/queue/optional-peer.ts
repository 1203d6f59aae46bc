import { isRecord } from '../values'
import { toMessage } from '../messages'

/** What the queue and the worker need besides this package. */
const PACKAGES = 'bullmq ioredis pino prom-client'

/**
 * Loads a package that is an optional peer of this one.
 *
 * @throws Error saying what to install where it is missing
 */
export const load = async <Module>(name: string, importIt: () => Promise<Module>): Promise<Module> => {
  try {
    return await importIt()
  } catch (error) {
    if (!isMissing(error, name)) throw error
    throw new Error(`The queue needs ${name}, which is not installed: run "npm install ${PACKAGES}".`, {
      cause: error
    })
  }
}

const isMissing = (error: unknown, name: string) =>
  isRecord(error) &&
  (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_MODULE_NOT_FOUND') &&
  toMessage(error).includes(`'${name}'`)

import { toMessage } from '../messages'
import { isRecord } from '../values'

/** Packages that the queue and the worker need besides this one. */
const PACKAGES = 'bullmq ioredis pino prom-client'

/**
 * Imports a package that is an optional peer dependency.
 *
 * @throws Error saying what to install if it is missing
 */
export const importOptional = async <Module>(
  name: string,
  importIt: () => Promise<Module>
): Promise<Module> => {
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

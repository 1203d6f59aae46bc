import type { Settings } from '../host/subscriptions'
import { isBlank, isRecord } from '../values'
import { readJsonFile } from './json-file'

/** Sources of credentials besides the environment. */
export interface CredentialsOptions {
  /**
   * Path of a JSON file `{ "authKey": …, "authSecret": … }` that only its owner can read.
   *
   * @default the environment: FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET
   */
  settings?: string
}

/** Expected content of a settings file, and of the settings in a merchants file. */
export const SETTINGS_SHAPE = '{"authKey": "…", "authSecret": "…"}'

/** Help text of a command's credentials. */
export const CREDENTIALS_HELP = `Credentials are read from FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET in the environment, or from the --settings file:
${SETTINGS_SHAPE}, readable by its owner only (chmod 600).`

/**
 * The credentials of a merchant, from a file or the environment.
 *
 * @param env the environment, with FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET
 * @throws Error saying what to do if credentials are missing or the file is invalid. It never repeats what the file or
 * the environment holds.
 */
export const readCredentials = async (
  { settings }: CredentialsOptions,
  env: NodeJS.ProcessEnv
): Promise<Settings> => (settings === undefined ? fromEnvironment(env) : fromFile(settings))

/** The two credentials of a settings object; undefined if either is missing, blank or not a string. */
export const toSettings = (value: unknown): Settings | undefined => {
  const { authKey, authSecret } = isRecord(value) ? value : {}
  return isNonBlankString(authKey) && isNonBlankString(authSecret) ? { authKey, authSecret } : undefined
}

/** Tells whether a value is a string with more than whitespace in it. */
export const isNonBlankString = (value: unknown): value is string =>
  typeof value === 'string' && !isBlank(value)

const fromEnvironment = (env: NodeJS.ProcessEnv): Settings => {
  const { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret } = env
  const settings = toSettings({ authKey, authSecret })
  if (settings) return settings
  const missing = [
    ...(isBlank(authKey) ? ['FRIENDBUY_MAPI_KEY'] : []),
    ...(isBlank(authSecret) ? ['FRIENDBUY_MAPI_SECRET'] : [])
  ]
  throw new Error(
    `Missing credentials: set ${missing.join(' and ')} in the environment, or pass a file with --settings.`
  )
}

const fromFile = async (path: string): Promise<Settings> => {
  const settings = toSettings(await readJsonFile(path, { expected: SETTINGS_SHAPE, isPrivate: true }))
  if (settings) return settings
  throw new Error(`Invalid settings file ${path}: expected ${SETTINGS_SHAPE}, neither of them blank.`)
}

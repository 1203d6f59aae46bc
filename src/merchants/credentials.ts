import { isBlank, isRecord } from '../values'
import { readPrivateFile } from './private-file'
import type { Settings } from '../cloud/settings'

/** Where credentials may come from besides the environment. */
export interface CredentialsOptions {
  /** Path of a JSON file `{ "authKey": …, "authSecret": … }`, which goes before the environment. */
  settings?: string
}

/** What the help of a command says of its credentials. */
export const CREDENTIALS_HELP = `The credentials come from the environment, FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET, or from the file of
--settings: {"authKey": "…", "authSecret": "…"}, which only its owner may read (chmod 600).`

/**
 * The credentials of a merchant.
 *
 * @param env the environment, with FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET
 * @throws Error saying what to do where there are none, or the file cannot be read, can be read by others, or is no
 * such JSON; never with anything that the file or the environment holds
 */
export const readCredentials = async (
  { settings }: CredentialsOptions,
  env: NodeJS.ProcessEnv
): Promise<Settings> => (settings === undefined ? fromEnvironment(env) : await fromFile(settings))

const fromEnvironment = (env: NodeJS.ProcessEnv): Settings => {
  const { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret } = env
  if (!isBlank(authKey) && !isBlank(authSecret)) return { authKey, authSecret }
  const missing = [
    ...(isBlank(authKey) ? ['FRIENDBUY_MAPI_KEY'] : []),
    ...(isBlank(authSecret) ? ['FRIENDBUY_MAPI_SECRET'] : [])
  ]
  throw new Error(`Set ${missing.join(' and ')} in the environment, or name a file with --settings.`)
}

const fromFile = async (path: string): Promise<Settings> => {
  const value = parse(path, await readPrivateFile(path))
  const { authKey, authSecret } = isRecord(value) ? value : {}
  if (isText(authKey) && isText(authSecret)) return { authKey, authSecret }
  throw new Error(`${path} must hold {"authKey": "…", "authSecret": "…"}, and neither may be blank.`)
}

const isText = (value: unknown): value is string => typeof value === 'string' && !isBlank(value)

const parse = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    // The words of JSON.parse repeat what the file holds.
    throw new Error(`${path} is not JSON: it must hold {"authKey": "…", "authSecret": "…"}.`)
  }
}

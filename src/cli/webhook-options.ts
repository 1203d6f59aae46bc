import { InvalidArgumentError } from 'commander'
import { isBlank } from '../values'

/** The part of a command's help that explains where the Secret Key comes from. */
export const SECRET_KEY_HELP = `The Secret Key comes from the environment variable that --secret-env names, never from an argument. It is the one
in the Retailer App > Developer Center > Friendbuy code, not the MAPI secret.`

/**
 * Reads the Secret Key from the environment.
 *
 * @param name name of the environment variable
 * @throws Error if the variable is missing or blank. The message does not repeat the name: somebody may have passed the
 * key itself.
 */
export const readSecretKey = (name: string, env: NodeJS.ProcessEnv): string => {
  const key = env[name]
  if (!isBlank(key)) return key
  throw new Error(
    'The environment variable that --secret-env names is missing or blank. Set it to the Secret Key, and pass its name, such as --secret-env FRIENDBUY_SECRET_KEY.'
  )
}

/** Parses an address of a web server. */
export const parseHttpUrl = (text: string): string => {
  const { protocol } = URL.canParse(text) ? new URL(text) : {}
  if (protocol === 'http:' || protocol === 'https:') return text
  throw new InvalidArgumentError('Expected an address such as http://localhost:3000/hook.')
}

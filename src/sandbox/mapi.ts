import { STATUS_CODES } from 'node:http'
import { nanoid } from 'nanoid'
import { findViolation } from '../mapi/check-input'
import {
  type Credentials,
  type InputOf,
  type OperationName,
  operationOf,
  operations
} from '../mapi/contract/operations'
import type { Schema } from '../mapi/contract/schema'
import { isRecord } from '../values'
import { BoundedMap } from './bounded-map'
import { Merchant, merchantOf, type MerchantReply } from './merchant'
import { Refusal } from './refusal'
import { type SandboxSetup, withDefaults } from './setup'
import type { Simulation } from './simulation'
import type { WebhookSender } from './webhook-sender'

/** A call as it arrives. */
export interface Call {
  method: string
  path: string
  query: Record<string, string>
  /** The Authorization header. */
  authorization: string | undefined
  /** The text of the body; undefined where it is too large. */
  text: string | undefined
}

/** Response to a call, and what records say of it. */
export interface Reply {
  status: number
  body: object
  /** Caller, as `merchantOf` names it; missing if the call was not authorized. */
  merchant?: string
  /** ID of the event that this one repeats. */
  duplicateOf?: string
  /** Seconds to wait before the next call. */
  retryAfterSeconds?: number
}

/** Options of the embedded MAPI. */
export interface SandboxMapiOptions extends SandboxSetup {
  /**
   * Credentials that it accepts.
   *
   * @default any
   */
  credentials?: readonly Credentials[]
  /**
   * Lifetime of its tokens, in milliseconds.
   *
   * @default 1200000, 20 minutes, as MAPI's
   */
  tokenLifetimeMs?: number
  /**
   * Calls per second, authorizations aside, above which it answers 429 with Retry-After.
   *
   * @default no limit
   */
  ratePerSecond?: number
  /**
   * Maximum number of records, and of each kind of thing that is kept for a merchant: the latest.
   *
   * @default 100000
   */
  keep?: number
  /**
   * Clock of ledgers, links and reports: it gives a Date, or milliseconds since 1970.
   *
   * @default the clock of this machine
   */
  now?: () => Date | number
}

/** Maximum number of merchants, and of tokens: about 10 MB. The oldest is evicted. */
const MAX_MERCHANTS = 10_000

/** Body of MAPI's errors ("Errors" in its reference). */
const toErrorReply = ({ status, message }: Refusal): Reply => ({
  status,
  body: { error: STATUS_CODES[status] ?? 'Error', message, code: status, reference: nanoid() },
  ...(status === 429 && { retryAfterSeconds: 1 })
})

/** MAPI without the HTTP: its responses, and what it remembers. */
export class SandboxMapi {
  readonly #options: SandboxMapiOptions
  readonly #sender: WebhookSender | undefined
  readonly #tokens = new BoundedMap<string, { merchant: string; expiresAt: number }>(MAX_MERCHANTS)
  readonly #merchants = new BoundedMap<string, Merchant>(MAX_MERCHANTS)
  #rate = { second: 0, calls: 0 }

  constructor(options: SandboxMapiOptions, sender?: WebhookSender) {
    this.#options = options
    this.#sender = sender
  }

  /** Revokes the tokens of a merchant, as `merchantOf` names it, or of all: the next call of each gets a 401. */
  revokeTokens(merchant?: string): void {
    for (const [token, { merchant: owner }] of this.#tokens) {
      if (merchant === undefined || owner === merchant) this.#tokens.delete(token)
    }
  }

  /**
   * Makes something happen that is outside MAPI.
   *
   * @param merchant name of the merchant, as `merchantOf` gives it; may be missing if there is only one
   * @throws RangeError if no merchant or several could be meant
   */
  simulate(simulation: Simulation, merchant?: string): void {
    const [only, ...others] = this.#merchants.keys()
    const name = merchant ?? (others.length === 0 ? only : undefined)
    if (name === undefined) {
      throw new RangeError(
        `Name the merchant: ${only === undefined ? 'none has' : 'several have'} authorized.`
      )
    }
    this.#dataOf(name).simulate(simulation)
  }

  /** Responds to a call. */
  reply(call: Call): Reply {
    let merchant: string | undefined
    try {
      const name = nameOf(call)
      if (name === 'postAuthorization') {
        const credentials = inputOf(name, call)
        return { status: 200, body: this.#authorize(credentials), merchant: merchantOf(credentials) }
      }
      merchant = this.#merchantOf(call)
      this.#countCall()
      const { status = 200, ...reply } = this.#perform(name, call, this.#dataOf(merchant))
      return { status, merchant, ...reply }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...toErrorReply(error), ...(merchant !== undefined && { merchant }) }
    }
  }

  #authorize(given: Credentials) {
    const { credentials, tokenLifetimeMs = 20 * 60_000 } = this.#options
    if (credentials && !credentials.some(({ key, secret }) => key === given.key && secret === given.secret)) {
      throw new Refusal(401, 'The key or the secret is wrong')
    }
    const token = `sandbox-${nanoid()}`
    const merchant = merchantOf(given)
    const expiresAt = Date.now() + tokenLifetimeMs
    this.#tokens.set(token, { merchant, expiresAt })
    this.#dataOf(merchant)
    return { tokenType: 'Bearer', token, expires: new Date(expiresAt).toISOString() }
  }

  #merchantOf({ authorization = '' }: Call) {
    const token = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? ''
    const known = this.#tokens.get(token)
    if (known && known.expiresAt > Date.now()) return known.merchant
    this.#tokens.delete(token)
    throw new Refusal(401, 'The bearer token is missing, unknown or expired')
  }

  #countCall() {
    const second = Math.floor(Date.now() / 1000)
    this.#rate = { second, calls: this.#rate.second === second ? this.#rate.calls + 1 : 1 }
    if (this.#rate.calls > (this.#options.ratePerSecond ?? Infinity)) {
      throw new Refusal(429, 'Too many calls per second')
    }
  }

  #dataOf(name: string): Merchant {
    const known = this.#merchants.get(name)
    if (known) return known
    const { now = Date.now, keep = DEFAULT_KEEP } = this.#options
    const data = new Merchant({
      name,
      setup: withDefaults(this.#options),
      now: () => Number(now()),
      keep,
      sender: this.#sender
    })
    this.#merchants.set(name, data)
    return data
  }

  #perform(name: Exclude<OperationName, 'postAuthorization'>, call: Call, merchant: Merchant): MerchantReply {
    return merchant.perform(name, inputOf(name, call))
  }
}

/** Maximum number of records and of each kind of thing, unless an option says otherwise: the calls of a long test. */
export const DEFAULT_KEEP = 100_000

const nameOf = ({ method, path }: Call): OperationName => {
  const names = Object.keys(operations) as OperationName[]
  const atPath = names.filter((name) => operations[name].path === path)
  if (atPath.length === 0) throw new Refusal(404, `There is no ${path}`)
  const name = atPath.find((candidate) => operations[candidate].method === method)
  if (!name) throw new Refusal(405, `${path} takes no ${method}`)
  return name
}

/** Reads the input of a call and checks it against the declaration of its operation. */
const inputOf = <Name extends OperationName>(name: Name, call: Call): InputOf<Name> => {
  const operation = operationOf(name)
  const input =
    operation.method === 'POST' ? parseObject(call.text) : parseQuery(call.query, operation.input.properties)
  const violation = findViolation(operation, input, 'refused')
  if (violation !== undefined) throw new Refusal(toStatus(operation.atLeastOne, violation), violation)
  // The check has just said so.
  return input as InputOf<Name>
}

/** MAPI documents a 400 for a person who is not named; (guess) 422 for anything else. */
const toStatus = (atLeastOne: readonly string[] | undefined, violation: string) =>
  atLeastOne && violation.startsWith(atLeastOne.join(' or ')) ? 400 : 422

/** Reads numbers and booleans back from the text of a query. */
const parseQuery = (
  query: Readonly<Record<string, string>>,
  properties: Readonly<Record<string, Schema>>
): object =>
  Object.fromEntries(
    Object.entries(query).map(([name, text]): [string, unknown] => {
      const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined
      if (type === 'number' && /^\d+$/.test(text)) return [name, Number(text)]
      if (type === 'boolean' && /^(true|false)$/.test(text)) return [name, text === 'true']
      return [name, text]
    })
  )

const parseObject = (text: string | undefined): object => {
  if (text === undefined) throw new Refusal(413, 'The body is larger than 1 MiB')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal(400, 'The body is not JSON')
  }
  if (!isRecord(value)) throw new Refusal(400, 'The body is not a JSON object')
  return value
}

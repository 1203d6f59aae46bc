import { STATUS_CODES } from 'node:http'
import { nanoid } from 'nanoid'
import { type InputOf, type OperationName, operations } from '../mapi/contract/operations'
import { isRecord } from '../values'
import { violationOf } from './contract-check'
import { Merchant, merchantOf, type EventResult } from './merchant'

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

/** MAPI's reply to a call, and what there is to say of it. */
export interface Reply {
  status: number
  body: object
  /** Who called, as `merchantOf` names them; missing where the call was not authorized. */
  merchant?: string
  /** The event that this one repeats. */
  duplicateOf?: string
  /** When to come again. */
  retryAfterSeconds?: number
}

/** How the embedded MAPI is set up. */
export interface SandboxMapiOptions {
  /** The credentials that it takes. Default: any. */
  credentials?: readonly InputOf<'postAuthorization'>[]
  /** How long its tokens live, in milliseconds. Default: 20 minutes, as MAPI's do. */
  tokenLifetimeMs?: number
  /** Calls in a second, authorizations aside, above which it answers 429 with Retry-After. Default: no limit. */
  ratePerSecond?: number
  /** How many records, and how many filed events of each merchant, are kept: the latest. Default: 100000. */
  keep: number
}

/** A reply other than 2xx, thrown to where replies are made. */
class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** MAPI's error body (its reference, "Errors"). */
const toErrorReply = ({ status, message }: Refusal): Reply => ({
  status,
  body: { error: STATUS_CODES[status] ?? 'Error', message, code: status, reference: nanoid() },
  ...(status === 429 && { retryAfterSeconds: 1 })
})

/** MAPI without the HTTP: what it answers to each call, and what it remembers. */
export class SandboxMapi {
  readonly #options: SandboxMapiOptions
  readonly #tokens = new Map<string, { merchant: string; expiresAt: number }>()
  readonly #merchants = new Map<string, Merchant>()
  #rate = { second: 0, calls: 0 }

  constructor(options: SandboxMapiOptions) {
    this.#options = options
  }

  /** Revokes the tokens of a merchant, as `merchantOf` names them, or of all: the next call of each gets a 401. */
  revokeTokens(merchant?: string): void {
    for (const [token, { merchant: owner }] of this.#tokens) {
      if (merchant === undefined || owner === merchant) this.#tokens.delete(token)
    }
  }

  /** Answers a call. */
  reply(call: Call): Reply {
    let merchant: string | undefined
    try {
      const operation = operationOf(call)
      if (operation === 'postAuthorization') {
        const credentials = inputOf(operation, call)
        return { status: 200, body: this.#authorize(credentials), merchant: merchantOf(credentials) }
      }
      merchant = this.#merchantOf(call)
      this.#countCall()
      return { merchant, ...this.#perform(operation, call, this.#dataOf(merchant)) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...toErrorReply(error), ...(merchant !== undefined && { merchant }) }
    }
  }

  #authorize(given: InputOf<'postAuthorization'>) {
    const { credentials, tokenLifetimeMs = 20 * 60_000 } = this.#options
    if (credentials && !credentials.some(({ key, secret }) => key === given.key && secret === given.secret)) {
      throw new Refusal(401, 'The key or the secret is wrong')
    }
    const token = `sandbox-${nanoid()}`
    const expiresAt = Date.now() + tokenLifetimeMs
    this.#tokens.set(token, { merchant: merchantOf(given), expiresAt })
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
    if (this.#rate.calls > (this.#options.ratePerSecond ?? Infinity))
      throw new Refusal(429, 'Too many calls a second')
  }

  #dataOf(merchant: string) {
    const known = this.#merchants.get(merchant)
    if (known) return known
    const data = new Merchant(this.#options.keep)
    this.#merchants.set(merchant, data)
    return data
  }

  #perform(operation: Exclude<OperationName, 'postAuthorization'>, call: Call, data: Merchant): Reply {
    switch (operation) {
      case 'postPurchaseEvent':
        return created(data.takePurchase(inputOf(operation, call)))
      case 'postSignUpEvent':
        return created(data.takeSignUp(inputOf(operation, call)))
      case 'postCustomEvent':
        return created(data.takeCustomEvent(inputOf(operation, call)))
      case 'postCustomer': {
        const { isNew, ...taken } = data.takeCustomer(inputOf(operation, call))
        return isNew ? created(taken) : { ...created(taken), status: 200 }
      }
      case 'getCustomer':
        return { status: 200, body: customerOf(data, inputOf(operation, call).id) }
      case 'getUserData':
        return { status: 200, body: data.userData(userOf(inputOf(operation, call))) }
      case 'deleteUserData':
        return { status: 200, body: data.deleteUserData(userOf(inputOf(operation, call))) }
    }
  }
}

const created = ({ answer, ...rest }: EventResult): Reply => ({ status: 201, body: answer, ...rest })

/** MAPI gives a customer only who is in the loyalty program (its 403). */
const customerOf = (data: Merchant, id: string) => {
  const customer = data.customer(id)
  if (!customer) throw new Refusal(404, 'Customer could not be found')
  if (customer.loyaltyStatus !== 'in') throw new Refusal(403, 'Customer is not opted in to loyalty')
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ')
  return {
    id,
    email: customer.email,
    ...(name && { name }),
    loyaltyInfo: { status: 'in', logs: [], everOptedIn: true }
  }
}

const userOf = (query: InputOf<'getUserData'>) => {
  if (query.email === undefined && query.customerId === undefined) {
    throw new Refusal(400, 'email or customerId is required')
  }
  return query
}

const operationOf = ({ method, path }: Call): OperationName => {
  const names = Object.keys(operations) as OperationName[]
  const atPath = names.filter((name) => operations[name].path === path)
  if (atPath.length === 0) throw new Refusal(404, `There is no ${path}`)
  const operation = atPath.find((name) => operations[name].method === method)
  if (!operation) throw new Refusal(405, `${path} takes no ${method}`)
  return operation
}

/** What a call brings, checked against the contract of its operation. */
const inputOf = <Name extends OperationName>(name: Name, call: Call): InputOf<Name> => {
  const operation = operations[name]
  const input = 'body' in operation ? parseObject(call.text) : call.query
  const violation = violationOf('body' in operation ? operation.body : operation.query, input)
  if (violation !== undefined) throw new Refusal(422, violation)
  // The check has just said so.
  return input as InputOf<Name>
}

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

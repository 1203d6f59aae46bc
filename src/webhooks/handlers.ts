import { checkFunction } from './checks'
import { createEmailAuthorizationVerifier, selectAllowed } from './email-authorization'
import { createRequestHandler, type HandlerOptions } from './request-handler'
import { createRewardValidationVerifier, type RewardValidation } from './reward-validation'
import {
  createWebhookVerifier,
  keyOfItem,
  type UnknownWebhook,
  type VerifyWebhookOptions,
  type WebhookItems,
  type WebhookOf,
  type WebhookType,
  WEBHOOK_TYPES
} from './webhook'
import type { SecretKey } from './signature'

/** A Fetch handler, as used by Next, Hono, Workers, Deno and Bun. */
export type RequestHandler = (request: Request) => Promise<Response>

/** Details of an item that is handed over. */
export interface ItemContext<Transaction> {
  /** Key of the item, by `keyOfItem`. */
  key: string
  /** Argument that `once` gave to `work`, such as the database client of a transaction. */
  transaction: Transaction
}

/** Functions by type of webhook. Each gets an item, its webhook, and the item's key. */
export type WebhookHandlers<Transaction> = {
  readonly [Type in WebhookType]?: (
    item: WebhookItems[Type],
    webhook: WebhookOf<Type>,
    context: ItemContext<Transaction>
  ) => unknown
} & {
  /** Gets the items of types that this version does not know. */
  readonly unknown?: (item: unknown, webhook: UnknownWebhook, context: ItemContext<Transaction>) => unknown
}

/** Options of `createWebhookHandler`. */
export interface WebhookHandlerOptions<Transaction = void> extends HandlerOptions, VerifyWebhookOptions {
  /** The account's Secret Key, or several while one replaces another. */
  secretKey: SecretKey
  /** Functions by type of webhook. Webhooks of other types get a 200 and are ignored. */
  on: WebhookHandlers<Transaction>
  /**
   * Does the work of an item once: calls `work` in the transaction that inserts the key under a unique index, and resolves
   * without calling it if the key is there. Resolves after the commit.
   *
   * @default does the work each time that Friendbuy sends the item
   */
  once?: (key: string, work: (transaction: Transaction) => Promise<void>) => unknown
}

/** Options of `createRewardValidationHandler`. */
export interface RewardValidationHandlerOptions extends HandlerOptions {
  /** The account's Secret Key, or several while one replaces another. */
  secretKey: SecretKey
  /** Decides if a reward may be given. `false` rejects it permanently; to be asked again, throw. */
  isValid: (validation: RewardValidation) => boolean | Promise<boolean>
}

/** Options of `createEmailAuthorizationHandler`. */
export interface EmailAuthorizationHandlerOptions extends HandlerOptions {
  /** The account's Secret Key, or several while one replaces another. Not needed with `unsigned`. */
  secretKey?: SecretKey
  /** Selects the addresses that may be written to. */
  allowed: (addresses: string[]) => readonly string[] | Promise<readonly string[]>
  /**
   * Accepts the callback without a signature, which its own section of Friendbuy's documentation does not mention.
   *
   * @default false
   */
  unsigned?: boolean
}

/**
 * Makes a handler of webhooks. It responds 200 after every item is done, 401 to a missing or wrong signature, 422 to an
 * unreadable body, 413 to one of more than 1 MiB, 405 to another method and 500 if a function of yours failed. Friendbuy
 * repeats everything but a 200 for 24 hours, and hangs up after 10 seconds.
 *
 * @throws TypeError if an option is missing or invalid
 * @example
 * export const POST = createWebhookHandler({
 *   secretKey: process.env.FRIENDBUY_SECRET_KEY,
 *   on: { advocateReward: (reward, webhook, { transaction }) => credit(reward, transaction) },
 *   once
 * })
 */
export const createWebhookHandler = <Transaction = void>({
  secretKey,
  on,
  once,
  maxAgeMs,
  onError
}: WebhookHandlerOptions<Transaction>): RequestHandler => {
  checkNames(on)
  if (once !== undefined) checkFunction('once', once)
  // Without `once` there is no transaction to pass on.
  const run =
    once ??
    ((_key: string, work: (transaction: Transaction) => Promise<void>) => work(undefined as Transaction))
  return createRequestHandler({
    onError,
    read: createWebhookVerifier(secretKey, { maxAgeMs }),
    work: async (webhook, report) => {
      const handle = on[webhook.type] as WebhookHandlers<Transaction>['unknown']
      let status = 200
      for (const [index, item] of handle ? webhook.data.entries() : []) {
        const key = keyOfItem(webhook, index)
        try {
          await run(key, async (transaction) => {
            await handle?.(item, webhook as UnknownWebhook, { key, transaction })
          })
        } catch (error) {
          status = 500
          await report(error)
        }
      }
      return new Response(null, { status })
    }
  })
}

/**
 * Catches misspelled types: their webhooks would get a 200 and be lost.
 *
 * @throws TypeError for an unknown type, or a value that is not a function
 */
const checkNames = (on: unknown) => {
  if (typeof on !== 'object' || on === null) throw new TypeError('on: expected functions by type of webhook.')
  const known: readonly string[] = [...WEBHOOK_TYPES, 'unknown']
  for (const [name, value] of Object.entries(on)) {
    if (!known.includes(name)) {
      throw new TypeError(`on.${name}: unknown type of webhook. Known are ${known.join(', ')}.`)
    }
    if (value !== undefined) checkFunction(`on.${name}`, value)
  }
}

/**
 * Makes a handler of reward validation callbacks. It responds 200 to `true` and 400 to `false`, which rejects the reward
 * permanently. Everything else (an error, a value that is not a boolean, a wrong signature) gets another status, so that
 * Friendbuy asks again every 15 minutes for 72 hours.
 *
 * @throws TypeError if an option is missing or invalid
 * @example
 * const handle = createRewardValidationHandler({ secretKey, isValid: ({ event }) => isPaid(event.id) })
 */
export const createRewardValidationHandler = ({
  secretKey,
  isValid,
  onError
}: RewardValidationHandlerOptions): RequestHandler => {
  checkFunction('isValid', isValid)
  return createRequestHandler({
    onError,
    read: createRewardValidationVerifier(secretKey),
    work: async (validation) => {
      const valid: unknown = await isValid(validation)
      if (typeof valid !== 'boolean')
        throw new TypeError(`isValid: expected true or false, got ${typeof valid}.`)
      return new Response(null, { status: valid ? 200 : 400 })
    }
  })
}

/**
 * Makes a handler of email recipient authorization callbacks. It responds 200 with the asked addresses that `allowed`
 * gave back. Friendbuy drops the emails to the others, and asks again after an error.
 *
 * @throws TypeError if an option is missing or invalid
 * @example
 * const handle = createEmailAuthorizationHandler({ secretKey, allowed: (addresses) => withoutOptOuts(addresses) })
 */
export const createEmailAuthorizationHandler = ({
  secretKey,
  allowed,
  unsigned,
  onError
}: EmailAuthorizationHandlerOptions): RequestHandler => {
  checkFunction('allowed', allowed)
  return createRequestHandler({
    onError,
    read: createEmailAuthorizationVerifier(secretKey, unsigned),
    work: async ({ data: asked }) => {
      const given: unknown = await allowed([...asked])
      if (!Array.isArray(given) || !given.every((address) => typeof address === 'string')) {
        throw new TypeError('allowed: expected a list of addresses.')
      }
      return Response.json(selectAllowed(asked, given))
    }
  })
}

import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { isBlank } from '../values'
import type { RewardValidation } from '../webhooks/reward-validation'
import { signWebhook } from '../webhooks/signature'
import type { WebhookItems } from '../webhooks/webhook'
import { RingBuffer } from './ring-buffer'

/** Receiver of the sandbox's webhooks. */
export interface SandboxWebhooks {
  /** Address that webhooks are sent to. */
  url: string
  /** Secret Key that they are signed with. */
  secretKey: string
  /**
   * Address that is asked before a reward is given: 200 gives it, 400 rejects it, anything else asks again.
   *
   * @default none: every reward is given
   */
  validationUrl?: string
  /**
   * Time between two attempts, in milliseconds.
   *
   * @default 900000, 15 minutes, as Friendbuy's
   */
  retryMs?: number
  /**
   * Receives each attempt.
   *
   * @default none
   */
  onAttempt?: (attempt: WebhookAttempt) => void
}

/** An attempt to send a webhook or to ask for a validation. */
export interface WebhookAttempt {
  /** Type of the webhook, or `rewardValidation`. */
  type: keyof WebhookItems | 'rewardValidation'
  /** Address that was called. */
  url: string
  /** Status of the response; missing if there was none within 10 seconds. */
  status?: number
}

/** A webhook that the sandbox sends. */
export interface SentWebhook {
  /** Type of the webhook. */
  readonly type: keyof WebhookItems
  /** The webhook, as its JSON says. */
  readonly body: object
  /** Number of attempts so far. */
  readonly attempts: number
  /** Status of the last response; missing if there was none within 10 seconds. */
  readonly status?: number
}

/** Time that Friendbuy waits for a response, in milliseconds. */
const TIMEOUT_MS = 10_000

const RETRY_MS = 15 * 60_000

/** Attempts within the day for which Friendbuy repeats a webhook, and the three days of a validation. */
const ATTEMPTS = { webhook: 97, validation: 289 }

/** Sends webhooks and asks for validations until they are answered. */
export class WebhookSender {
  readonly #options: SandboxWebhooks
  readonly #sent: RingBuffer<SentWebhook>
  readonly #closing = new AbortController()

  /** @throws TypeError for an invalid address, key or pause */
  constructor(options: SandboxWebhooks, keep: number) {
    checkOptions(options)
    this.#options = options
    // Each webhook that waits for its next attempt adds a listener.
    setMaxListeners(0, this.#closing.signal)
    this.#sent = new RingBuffer(keep)
  }

  /** The webhooks so far, the oldest first. */
  get sent(): readonly SentWebhook[] {
    return this.#sent.items()
  }

  /** Sends a webhook of one item, and repeats it until the response is a 200. */
  send<Type extends keyof WebhookItems>(type: Type, item: WebhookItems[Type], at: number): void {
    const body = { id: randomUUID(), type, data: [item], createdOn: new Date(at).toISOString() }
    const record: { -readonly [Key in keyof SentWebhook]: SentWebhook[Key] } = { type, body, attempts: 0 }
    this.#sent.push(record)
    void this.#repeat(type, this.#options.url, body, (status) => {
      record.attempts += 1
      record.status = status
      return status === 200
    })
  }

  /** Asks if a reward may be given, until the answer is yes or no. Without anyone to ask, it may. */
  async validate(validation: RewardValidation): Promise<boolean> {
    const { validationUrl } = this.#options
    if (validationUrl === undefined) return true
    let isValid = false
    await this.#repeat('rewardValidation', validationUrl, validation, (status) => {
      isValid = status === 200
      return isValid || status === 400
    })
    return isValid
  }

  /** Stops all repetitions. */
  close(): void {
    this.#closing.abort()
  }

  async #repeat(
    type: WebhookAttempt['type'],
    url: string,
    body: object,
    isAnswer: (status: number | undefined) => boolean
  ): Promise<void> {
    const { retryMs = RETRY_MS, onAttempt } = this.#options
    const { signal } = this.#closing
    const attempts = type === 'rewardValidation' ? ATTEMPTS.validation : ATTEMPTS.webhook
    for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt += 1) {
      const status = await this.#post(url, body)
      if (!this.#closing.signal.aborted) onAttempt?.({ type, url, status })
      if (isAnswer(status)) return
      await delay(retryMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async #post(url: string, body: object): Promise<number | undefined> {
    const text = JSON.stringify(body)
    const signature = await signWebhook(text, this.#options.secretKey)
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: text,
        redirect: 'manual',
        headers: { 'content-type': 'application/json', 'X-Friendbuy-Hmac-SHA256': signature },
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MS)])
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return undefined
    }
  }
}

const checkOptions = ({ url, validationUrl = url, secretKey, retryMs = 0 }: SandboxWebhooks) => {
  for (const [name, address] of Object.entries({ url, validationUrl })) {
    if (!/^https?:/.test(address) || !URL.canParse(address)) {
      throw new TypeError(`webhooks.${name}: expected an address such as http://localhost:3000/hook`)
    }
  }
  if (isBlank(secretKey)) throw new TypeError('webhooks.secretKey: missing or blank')
  if (!(retryMs >= 0)) throw new TypeError('webhooks.retryMs: expected a number of milliseconds')
}

import { isRecord } from './checks'
import { createVerifier, type SecretKey, type SignedRequest } from './signature'
import { parseJson } from './webhook'
import { WebhookError } from './webhook-error'

/** A person within a reward validation. */
export interface ValidationPerson {
  /** The shop's own ID of the customer. */
  customerId?: string
  email?: string
  ipAddress?: string
}

/** A product of the purchase that earned a reward. */
export interface ValidationProduct {
  sku?: string
  name?: string
  quantity?: number
  price?: number
  currency?: string
  description?: string
  category?: string
  url?: string
  imageUrl?: string
}

/** The event that earned a reward. A custom event has what was sent with it, and of the rest only `createdOn`. */
export interface ValidationEvent {
  /** ISO timestamp of the event. */
  createdOn: string
  /** ID of the order, of a purchase. */
  id?: string
  /** Total of the order, of a purchase. */
  amount?: number
  currency?: string
  isNewCustomer?: boolean
  /** ISO timestamp of the purchase. */
  date?: string
  ipAddress?: string
  products?: ValidationProduct[]
  [property: string]: unknown
}

/**
 * Friendbuy's question if a reward may be given. It has no ID of the reward: `campaignId`, `event.id` and `recipientType`
 * together tell which one it is.
 */
export interface RewardValidation {
  eventType: 'purchase' | 'email_capture' | 'sign_up' | (string & {})
  /** Role of the person who gets the reward. */
  recipientType: 'advocate' | 'friend' | 'customer' | (string & {})
  campaignId: string
  event: ValidationEvent
  advocate?: ValidationPerson
  /** Person whose event earned the reward. */
  actor?: ValidationPerson
}

/**
 * Checks the signature of a reward validation callback and reads it. The form from before September 2021 is given as the
 * current one.
 *
 * @throws WebhookError if it is not from Friendbuy or unreadable
 * @throws TypeError if the body was parsed already, or a key is blank
 * @example
 * const { event, advocate } = await verifyRewardValidation({ body, headers }, secretKey)
 */
export const verifyRewardValidation = async (
  request: SignedRequest,
  secretKey: SecretKey
): Promise<RewardValidation> => createRewardValidationVerifier(secretKey)(request)

/** Makes a `verifyRewardValidation` that keeps its keys. */
export const createRewardValidationVerifier = (
  secretKey: SecretKey
): ((request: SignedRequest) => Promise<RewardValidation>) => {
  const verify = createVerifier(secretKey)
  return async (request) => toRewardValidation(parseJson(await verify(request)))
}

const toRewardValidation = (body: unknown): RewardValidation => {
  const validation =
    isRecord(body) && !isRecord(body.event) && isRecord(body.purchase) ? toCurrentForm(body) : body
  if (isRewardValidation(validation)) return validation
  throw new WebhookError(
    'unreadable',
    'The body is signed, but is not a reward validation: it has no eventType or no event.'
  )
}

const isRewardValidation = (body: unknown): body is RewardValidation =>
  isRecord(body) && typeof body.eventType === 'string' && isRecord(body.event)

/** Makes the current form of the one from before September 2021. */
const toCurrentForm = ({ purchase, createdOn, ...rest }: Record<string, unknown>) => {
  const { email, customerId, ...event } = isRecord(purchase) ? purchase : {}
  return {
    ...rest,
    recipientType: 'advocate',
    event: { ...event, createdOn: createdOn ?? event.createdOn },
    actor: { email, customerId, ipAddress: event.ipAddress }
  }
}

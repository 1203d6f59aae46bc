import { isRecord } from './checks'
import { createVerifier, type SecretKey, type SignedRequest } from './signature'
import { parseJson } from './webhook'
import { WebhookError } from './webhook-error'

/** A person within a reward validation. */
export interface ValidationPerson {
  /** The shop's own ID of the customer. */
  customerId?: string
  /** Email address. */
  email?: string
  /** IP address of the person. */
  ipAddress?: string
}

/** A product of the purchase that earned a reward. */
export interface ValidationProduct {
  /** SKU of the product. */
  sku?: string
  /** Name of the product. */
  name?: string
  /** Number of units. */
  quantity?: number
  /** Price of the product. */
  price?: number
  /** Currency of the price, such as "USD". */
  currency?: string
  /** Description of the product. */
  description?: string
  /** Category of the product. */
  category?: string
  /** URL of the product's page. */
  url?: string
  /** URL of the product's image. */
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
  /** Currency of the total, such as "USD". */
  currency?: string
  /** True if the buyer is a new customer. */
  isNewCustomer?: boolean
  /** ISO timestamp of the purchase. */
  date?: string
  /** IP address of the buyer. */
  ipAddress?: string
  /** Products of the order. */
  products?: ValidationProduct[]
  [property: string]: unknown
}

/**
 * Friendbuy's question if a reward may be given. It has no ID of the reward: `campaignId`, `event.id` and `recipientType`
 * together tell which one it is.
 */
export interface RewardValidation {
  /** Type of the event that earned the reward, or the name of a custom event. */
  eventType: 'purchase' | 'email_capture' | 'sign_up' | (string & {})
  /** Role of the person who gets the reward. */
  recipientType: 'advocate' | 'friend' | 'customer' | (string & {})
  /** ID of the reward's campaign. */
  campaignId: string
  /** Event that earned the reward. */
  event: ValidationEvent
  /** Person who referred the actor. */
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

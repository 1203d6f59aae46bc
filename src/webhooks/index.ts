export {
  type AuthenticatedCustomer,
  createCustomerAuth,
  type CustomerAuth,
  isGenuineVisitorStatus,
  toInlineScript,
  type VisitorStatus
} from './customer-auth'
export { type EmailAuthorization, verifyEmailAuthorization } from './email-authorization'
export {
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  type EmailAuthorizationHandlerOptions,
  type ItemContext,
  type RequestHandler,
  type RewardValidationHandlerOptions,
  type WebhookHandlerOptions,
  type WebhookHandlers
} from './handlers'
export type { HandlerOptions } from './request-handler'
export {
  type RewardValidation,
  type ValidationEvent,
  type ValidationPerson,
  type ValidationProduct,
  verifyRewardValidation
} from './reward-validation'
export {
  type RawBody,
  type RequestHeaders,
  type SecretKey,
  type SignedRequest,
  signWebhook,
  verifySignature
} from './signature'
export { type NodeRequest, type NodeResponse, toNodeListener } from './to-node-listener'
export {
  type AdvocateReward,
  type CustomerUpdate,
  type EmailCapture,
  type EmailOptOut,
  type FriendIncentive,
  keyOfItem,
  type LedgerTransaction,
  type LoyaltyReward,
  type Receipt,
  type Reward,
  type UnknownWebhook,
  verifyWebhook,
  type VerifyWebhookOptions,
  type Webhook,
  type WebhookItems,
  type WebhookOf,
  type WebhookType
} from './webhook'
export { WebhookError, type WebhookErrorCode } from './webhook-error'

/** An embedded MAPI for tests and rehearsals: `startSandbox()` gives its address, its records and its faults. */
export type { EmailEvent } from './email-metrics'
export type { Fault, FaultScope } from './faults'
export type { SandboxMapiOptions } from './mapi'
export { merchantOf } from './merchant'
export type { SandboxRecord } from './records'
export type {
  SandboxCampaign,
  SandboxIncentive,
  SandboxMemberTier,
  SandboxReward,
  SandboxSetup
} from './setup'
export type { SandboxWebhooks, SentWebhook, WebhookAttempt } from './webhook-sender'
export type { Simulation } from './simulation'
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox'

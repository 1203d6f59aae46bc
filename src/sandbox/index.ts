/** An embedded MAPI for tests and rehearsals: `startSandbox()` gives its address, its records and its faults. */
export { merchantOf } from './merchant'
export type { Misbehaviour, MisbehaviourScope } from './misbehaviour'
export type { SandboxRecord } from './records'
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox'

/** An embedded MAPI for tests and rehearsals: `startSandbox()` gives its address, its records and its faults. */
export { merchantOf } from './merchant'
export type { Fault, FaultScope } from './faults'
export type { SandboxRecord } from './records'
export { type Sandbox, type SandboxOptions, startSandbox } from './start-sandbox'

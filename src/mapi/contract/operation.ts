import type { Repeat } from '../repeat'
import type { Paged } from './common'
import type { ObjectSchema } from './schema'

/** Input of an operation without any. */
export type NoInput = Record<string, never>

/** The input of an operation, as its method declares it. */
export type InputOfMethod<Method> = Method extends (...parameters: infer Parameters) => unknown
  ? Parameters extends [infer Input]
    ? Input
    : NoInput
  : never

/** Declaration of an operation, which the client, the sandbox and the documentation read. */
export interface Operation<Input = unknown> {
  /** HTTP method. */
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path with the version. */
  readonly path: `/v1/${string}`
  /** Schema of the JSON body of a POST, or of the query of a GET or DELETE. */
  readonly input: ObjectSchema<Input>
  /** Repetitions that are safe; of some operations, the input decides. */
  readonly repeat: Repeat | ((input: Readonly<Record<string, unknown>>) => Repeat)
  /** Statuses to retry besides 408, 423, 429 and 5xx. */
  readonly retryStatuses?: readonly number[]
  /** Marks an answer in pages: of a range of dates, which a page token replaces, or of everything. */
  readonly paged?: 'byDate' | 'whole'
  /** Properties of which at least one is required. */
  readonly atLeastOne?: readonly string[]
  /** Describes a violation that involves several properties. */
  readonly violationOf?: (input: Readonly<Record<string, unknown>>) => string | undefined
  /** Gives MAPI's answer, in whichever documented form it comes, the form that the method declares. */
  readonly toAnswer?: (body: unknown) => unknown
}

/** The operations that a chapter's methods stand for. */
export type OperationsOf<Methods> = {
  readonly [Name in keyof Methods]: Operation<InputOfMethod<Methods[Name]>> &
    (Methods[Name] extends (...parameters: never[]) => Paged<unknown>
      ? { readonly paged: string }
      : { readonly paged?: never })
}

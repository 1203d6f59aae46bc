import type { TSchema } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'

const checks = new Map<TSchema, TypeCheck<TSchema>>()

/**
 * What is wrong with a value by MAPI's contract, as a sentence that names the property.
 *
 * @returns undefined when it keeps the contract
 */
export const violationOf = (schema: TSchema, value: unknown): string | undefined => {
  let check = checks.get(schema)
  if (!check) checks.set(schema, (check = TypeCompiler.Compile(schema)))
  if (check.Check(value)) return undefined
  const violation = check.Errors(value).First()
  const property = violation?.path.slice(1).replaceAll('/', '.')
  return `${property === '' ? 'the body' : (property ?? 'the body')}: ${violation?.message ?? 'not as documented'}`
}

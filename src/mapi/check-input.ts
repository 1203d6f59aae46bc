import { isBlank } from '../values'
import type { Operation } from './contract/operation'
import type { Extras } from './contract/schema'

/**
 * Describes the first violation of an operation's input, which begins with the property's name.
 *
 * @returns undefined if the input is valid
 */
export const findViolation = (operation: Operation, input: unknown, extras: Extras): string | undefined => {
  const { input: schema, paged, atLeastOne, violationOf } = operation
  const violation = schema.violationOf(input, '', extras)
  if (violation !== undefined) return violation
  // The schema has just said so.
  const properties = input as Readonly<Record<string, unknown>>
  if (paged === 'byDate' && properties.pageToken === undefined) {
    const missing = ['fromDate', 'toDate'].filter((name) => properties[name] === undefined)
    if (missing.length > 0) return `${missing.join(' and ')}: required without a pageToken`
  }
  if (atLeastOne?.every((name) => isBlank(properties[name]))) {
    return `${atLeastOne.join(' or ')}: at least one is required`
  }
  return violationOf?.(properties)
}

import { InvalidArgumentError } from 'commander'

/** Description of `--settings`, which several commands have. */
export const SETTINGS_OPTION = 'JSON file of credentials, readable by its owner only'

/** Description of `--mapi-url`, which several commands have. */
export const MAPI_URL_OPTION = 'base URL of another MAPI, such as that of a running sandbox'

/**
 * Creates a parser of integers from `min` to `max`.
 *
 * @throws InvalidArgumentError (the parser) for any other text
 */
export const parseInteger =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= min && number <= max) return number
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER
        ? `Expected an integer of at least ${min}.`
        : `Expected an integer from ${min} to ${max}.`
    )
  }

/**
 * Parses a date such as `2026-03-01` or `2026-03-01T12:00:00Z`.
 *
 * @throws InvalidArgumentError for any other text
 */
export const parseDate = (text: string): Date => {
  const date = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(date.getTime())) return date
  throw new InvalidArgumentError('Expected a date such as 2026-03-01 or 2026-03-01T12:00:00Z.')
}

/** Collects the values of a repeatable option. */
export const collect = (value: string, values: readonly string[] = []): string[] => [...values, value]

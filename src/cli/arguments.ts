import { InvalidArgumentError } from 'commander'

/** Reads a whole number within bounds. */
export const parseInteger =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }

/** Reads a time, such as `2026-03-01` or `2026-03-01T12:00:00Z`. */
export const parseDate = (text: string): Date => {
  const time = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It must be a time such as 2026-03-01 or 2026-03-01T12:00:00Z.')
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, values: readonly string[] = []): string[] => [...values, value]

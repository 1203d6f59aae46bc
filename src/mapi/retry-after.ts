/**
 * A `Retry-After` header in milliseconds: it holds seconds or a date (RFC 9110, 10.2.3).
 *
 * @returns undefined where there is none or it is neither
 */
export const toRetryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

import { isRecord } from './values'

/** The message of whatever was thrown. Errors of another realm are no `Error` here, and have one too. */
export const toMessage = (thrown: unknown): string =>
  isRecord(thrown) && typeof thrown.message === 'string' ? thrown.message : String(thrown)

/** The HTTP status that an error carries: its own, or that of the response it holds. */
export const toStatus = (thrown: unknown): number | undefined => {
  const { status, response } = isRecord(thrown) ? thrown : {}
  const found = status ?? (isRecord(response) ? response.status : undefined)
  return typeof found === 'number' ? found : undefined
}

/** Long enough for any message of MAPI's, short enough for a log. In characters. */
const MAX_LENGTH = 300

/** Somebody else's words as part of one line: control characters and line breaks become spaces, the rest is cut. */
export const toOneLine = (words: string): string => {
  const line = words
    .slice(0, 2 * MAX_LENGTH)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}

import { isRecord } from './values'

/** Message of a thrown value. Errors of another realm are not `Error` instances here, and have one too. */
export const toMessage = (thrown: unknown): string =>
  isRecord(thrown) && typeof thrown.message === 'string' ? thrown.message : String(thrown)

/** HTTP status of an error: its own, or the one of the response that it holds. */
export const toStatus = (thrown: unknown): number | undefined => {
  const { status, response } = isRecord(thrown) ? thrown : {}
  const found = status ?? (isRecord(response) ? response.status : undefined)
  return typeof found === 'number' ? found : undefined
}

/** Maximum length of a message in a log line, in characters. */
const MAX_LENGTH = 300

/** Makes foreign text safe for one line: control characters and line breaks become spaces, and the rest is cut. */
export const toOneLine = (words: string): string => {
  const line = words
    .slice(0, 2 * MAX_LENGTH)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}

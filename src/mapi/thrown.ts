import { isRecord } from './record'

/** The message of whatever was thrown. Errors of another realm are no `Error` here, and have one too. */
export const messageOf = (thrown: unknown): string =>
  isRecord(thrown) && typeof thrown.message === 'string' ? thrown.message : String(thrown)

/** The HTTP status that an error carries: its own, or that of the response it holds. */
export const statusOf = (thrown: unknown): number | undefined => {
  const { status, response } = isRecord(thrown) ? thrown : {}
  const found = status ?? (isRecord(response) ? response.status : undefined)
  return typeof found === 'number' ? found : undefined
}

import { isRecord } from './record'

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

/** The HTTP status that an error carries: its own, or that of the response it holds. */
export const statusOf = (thrown: unknown): number | undefined => {
  const { status, response } = isRecord(thrown) ? thrown : {}
  const found = status ?? (isRecord(response) ? response.status : undefined)
  return typeof found === 'number' ? found : undefined
}

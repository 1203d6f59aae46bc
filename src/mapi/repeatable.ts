import type { MapiRequest } from './transport'

/**
 * Whether MAPI may get a request twice without counting it twice: a purchase has its orderId, a custom event its
 * deduplicationId, a customer is updated. A sign-up has nothing of the kind.
 */
export const isRepeatable = ({ url, json = {} }: MapiRequest): boolean => {
  const { pathname } = new URL(url)
  if (pathname.endsWith('/v1/event/account-sign-up')) return false
  return (
    !pathname.endsWith('/v1/event/custom') || ('deduplicationId' in json && Boolean(json.deduplicationId))
  )
}

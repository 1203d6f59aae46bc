import type { JSONValue } from '@segment/actions-core'
import type { MapiAccount } from '../mapi/account'
import { callMapi } from '../mapi/call'
import type { Transport } from '../mapi/transports/transport'
import { isBlank, isRecord, toText } from '../values'

/**
 * Asks Friendbuy to delete a customer's data.
 *
 * @param userId user ID of a deletion request
 * @returns the ID of Friendbuy's job; undefined without a user ID, since there is nothing to delete then
 * @throws MapiError, or the transport's own error
 */
export const deleteCustomer = async (
  account: MapiAccount,
  transport: Transport,
  userId: unknown
): Promise<{ jobId: JSONValue } | undefined> => {
  const customerId = toText(userId)
  if (isBlank(customerId)) return undefined
  const { body } = await callMapi(account, transport, {
    method: 'DELETE',
    path: '/v1/user-data',
    query: { customerId }
  })
  const { jobId, task_id } = isRecord(body) ? body : {}
  return { jobId: jobId ?? task_id ?? null }
}

import { createRequestClient, type RequestClient } from '@segment/actions-core'
import { MAPI_URL } from '../mapi/account'

type Options = NonNullable<Parameters<typeof createRequestClient>[0]>
type Hook = NonNullable<Options['beforeRequest']>[number]

/** Fails a batch as a whole. It is no error of MAPI's, and a host that goes by the status tries again. */
export class OtherCopyError extends Error {
  readonly status = 500

  constructor() {
    super(
      'There are two copies of @segment/actions-core: the host runs one, actions-friendbuy-cloud loads the other, ' +
        'and the host would take each event of this batch for delivered. Nothing was sent. ' +
        'See "npm ls @segment/actions-core", and leave the one that the host runs.'
    )
    this.name = 'OtherCopyError'
  }
}

/**
 * The host's request, made to fail before anything is sent where it is that of another copy of actions-core than ours.
 * Such a host does not know our MultiStatusResponse, and reports 200 for every event, whatever became of it.
 */
export const refusingOtherCopies =
  (request: RequestClient): RequestClient =>
  (url, options) => {
    const hooked: Options = { ...options, beforeRequest: [refuseOtherCopy] }
    return request(url, hooked)
  }

const refuseOtherCopy: Hook = async ({ beforeRequest = [] }) => {
  const own = await (ownHooks ??= readOwnHooks())
  const isOther = (hook: Hook) => own.some(({ name }) => name === hook.name) && !own.includes(hook)
  if (beforeRequest.some(isOther)) throw new OtherCopyError()
}

let ownHooks: Promise<readonly Hook[]> | undefined

/** What each request client of our copy runs before a request: functions that no other copy has. */
const readOwnHooks = async () => {
  let hooks: readonly Hook[] = []
  const read: Hook = ({ beforeRequest = [] }) => {
    hooks = beforeRequest.filter((hook) => hook !== read)
    throw new Error('not to be sent')
  }
  await createRequestClient({ beforeRequest: [read] })(MAPI_URL).catch(() => undefined)
  return hooks
}

import { createRequestClient, type RequestClient } from '@segment/actions-core'
import { isRetryableStatus } from '../mapi/errors'

type Options = NonNullable<Parameters<typeof createRequestClient>[0]>
type Hook = NonNullable<Options['beforeRequest']>[number]

/** Fails a batch as a whole, for a host that cannot read the status of each event. */
export class OtherCopyError extends Error {
  /** Status of a failure that a retry may resolve, or of the first failure if there is none. */
  readonly status: number

  /**
   * @param failures the failed events' statuses and messages
   * @param eventCount number of events in the batch
   */
  constructor(failures: readonly { status: number; errormessage: string }[], eventCount: number) {
    const cause = failures.find(({ status }) => isRetryableStatus(status)) ?? failures[0]
    super(
      `${failures.length} of ${eventCount} events in this batch failed: ${cause?.errormessage}\n` +
        'The host cannot tell which, because it and actions-friendbuy-cloud use different instances of ' +
        '@segment/actions-core. If "npm ls @segment/actions-core" lists two copies, run "npm dedupe", or install ' +
        'the version that the host uses. If it lists one, the host loads it twice: do not clear require.cache ' +
        'between loading @segment/actions-core and loading the destination.'
    )
    this.name = 'OtherCopyError'
    this.status = cause?.status ?? 500
  }
}

/**
 * Watches the host's request client for the hooks that all clients of one instance of actions-core share.
 *
 * A host with another instance doesn't recognize our MultiStatusResponse, and reports every event as delivered.
 * A host that doesn't use actions-core's client runs no hooks, and isn't affected.
 */
export const watchCopy = (request: RequestClient) => {
  let isOther: boolean | undefined
  const watch = async (hooks: readonly Hook[]) => {
    const own = await (ownHooks ??= readHooks(createRequestClient()))
    // By identity: bundlers rename functions.
    isOther = hooks.length > 0 && !hooks.some((hook) => own.includes(hook))
  }
  const watched: RequestClient = (url, options) => {
    // One request shows the hooks that all of this client run.
    if (isOther !== undefined) return request(url, options)
    isOther = false
    const hooked: Options = { ...options, beforeRequest: [({ beforeRequest = [] }) => watch(beforeRequest)] }
    return request(url, hooked)
  }

  return {
    request: watched,
    /** Resolves to true if the host runs another instance. Nothing is sent to find out. */
    isOther: async (): Promise<boolean> => {
      if (isOther === undefined) await watch(await readHooks(request))
      return isOther ?? false
    }
  }
}

let ownHooks: Promise<readonly Hook[]> | undefined

/** Reads the hooks that a client runs before a request. The URL's scheme keeps any other client from sending it. */
const readHooks = async (request: RequestClient) => {
  let hooks: readonly Hook[] = []
  const read: Hook = ({ beforeRequest = [] }) => {
    hooks = beforeRequest
    throw new Error('Not to be sent.')
  }
  const options: Options = { beforeRequest: [read] }
  await request('unsendable:', options).catch(() => undefined)
  return hooks
}

import type { RequestClient, RequestOptions } from '@segment/actions-core'
import { MAPI_URL } from '../../src'
import type { SandboxRecord } from '../../src/sandbox'
import { SandboxMapi } from '../../src/sandbox/mapi'
import { toHostResponse } from './hosts/response'

/** What a test looks at of a call that MAPI has answered. */
export type AnsweredCall = Pick<SandboxRecord, 'at' | 'path' | 'merchant' | 'body' | 'status'>

/**
 * The sandbox's MAPI without its sockets and at Friendbuy's own address, for more events than a test can afford to send
 * over HTTP: a host's request that it answers. Each call takes some turns of the event loop, so that the answers come in
 * any order.
 *
 * @param random gives numbers from 0 up to 1, which that order goes by
 * @param onCall is told of each call
 */
export const createInMemoryMapi = (random: () => number, onCall: (call: AnsweredCall) => void) => {
  const mapi = new SandboxMapi({ keep: 1 })
  const someTurns = async () => {
    for (let turns = random() * 2; turns > 0; turns -= 1) await new Promise(setImmediate)
  }

  const request: RequestClient = async <Data>(url: string, options: RequestOptions = {}) => {
    await someTurns()
    const path = url.slice(MAPI_URL.length)
    const { status, body, merchant } = mapi.reply({
      method: options.method ?? 'GET',
      path,
      query: {},
      authorization: options.headers?.Authorization,
      text: JSON.stringify(options.json)
    })
    const at = new Date().toISOString()
    onCall({ at, path, body: options.json, status, ...(merchant !== undefined && { merchant }) })
    await someTurns()
    return toHostResponse<Data>(status, JSON.stringify(body))
  }

  return {
    request,
    revokeTokens: (merchant: string) => {
      mapi.revokeTokens(merchant)
    }
  }
}

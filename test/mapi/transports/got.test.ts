import { inspect } from 'node:util'
import { UnavailableError } from '../../../src/mapi'
import { callMapi } from '../../../src/mapi/call'
import { gotTransport } from '../../../src/mapi/transports/got'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { aPurchase, newAccount, rejectionOf } from '../../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

describe('The transport over got', () => {
  it('ends a call at its deadline, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    sandbox.injectFault({ latencyMs: 5000 })
    const error = await rejectionOf(callMapi(account, gotTransport({ timeoutMs: 20 }), aPurchase('o-1')))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({
      status: 408,
      message: "Friendbuy MAPI did not answer POST /v1/authorization: Timeout awaiting 'request' for 20ms"
    })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })

  it('fails without MAPI, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    await sandbox.close()
    const error = await rejectionOf(callMapi(account, gotTransport(), aPurchase('o-1')))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.status).toBe(503)
    expect(error.message).toMatch(/^Friendbuy MAPI did not answer POST \/v1\/authorization: .*ECONNREFUSED/)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })
})

import dns from 'node:dns'
import { callMapi } from '../../../src/mapi/call'
import { undiciTransport } from '../../../src/mapi/transports/undici'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { aPurchase, newAccount, rejectionOf } from '../../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

describe('The transport over undici', () => {
  it('names the code of a failure that has no words, as where each address of a host was tried', async () => {
    const { port } = new URL(sandbox.url)
    await sandbox.close()
    jest.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, answer: LookedUp) => {
      answer(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 }
      ])
    }) as typeof dns.lookup)
    const account = newAccount({ url: `http://mapi.example:${port}` })
    expect(await rejectionOf(callMapi(account, undiciTransport(), aPurchase('o-1')))).toMatchObject({
      code: 'ECONNREFUSED',
      message: 'Friendbuy MAPI did not answer POST /v1/authorization: ECONNREFUSED'
    })
  })

  it('rejects for a body that is not JSON', async () => {
    const body = { orderId: 1n }
    const call = { method: 'POST', path: '/v1/event/purchase', body } as const
    const error = await rejectionOf(callMapi(newAccount(sandbox), undiciTransport(), call))
    expect(error.message).toMatch(/^Friendbuy MAPI did not answer POST \/v1\/event\/purchase: .*BigInt/)
    expect(error).toMatchObject({ code: 'NO_RESPONSE' })
  })
})

type LookedUp = (error: null, addresses: dns.LookupAddress[]) => void

import dns from 'node:dns'
import { EventEmitter, once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { callMapi } from '../../../src/mapi/call'
import { undiciTransport } from '../../../src/mapi/transports/undici'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { startRelay } from '../../support/relay'
import { aPurchase, newAccount, rejectionOf } from '../../support/sandboxed'

let sandbox: Sandbox

// From the first request on: undici goes on with the timer that it once had.
beforeAll(() => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] })
})

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

describe('The transport over undici', () => {
  it.each([
    ['begins no answer', () => '', 'UND_ERR_HEADERS_TIMEOUT', 'Headers Timeout Error'],
    [
      'does not go on with its answer',
      (answer: string) => answer.slice(0, -1),
      'UND_ERR_BODY_TIMEOUT',
      'Body Timeout Error'
    ]
  ])('gives MAPI ten seconds when it %s', async (_what, cut, code, words) => {
    const arrivals = new EventEmitter()
    const relay = await startRelay(sandbox.url, {
      rewrite: (answer) => {
        if (!answer.includes('eventId')) return answer
        arrivals.emit('arrival')
        return cut(answer)
      }
    })
    try {
      const onEnd = jest.fn()
      const call = callMapi(newAccount(relay), undiciTransport(), aPurchase('o-1'))
      const rejection = rejectionOf(call).finally(onEnd)
      await once(arrivals, 'arrival')
      // The answer is on its way through this process.
      for (let turns = 0; turns < 20; turns += 1) await turn()
      jest.advanceTimersByTime(9000)
      await turn()
      expect(onEnd).not.toHaveBeenCalled()
      jest.advanceTimersByTime(3000)
      expect(await rejection).toMatchObject({
        code,
        message: `Friendbuy MAPI did not answer POST /v1/event/purchase: ${words}`
      })
    } finally {
      await relay.close()
    }
  })

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

  it('gives a failure no code that has none, as that of a body that is no JSON', async () => {
    const body = { orderId: 1n }
    const call = { method: 'POST', path: '/v1/event/purchase', body } as const
    const error = await rejectionOf(callMapi(newAccount(sandbox), undiciTransport(), call))
    expect(error.message).toMatch(/^Friendbuy MAPI did not answer POST \/v1\/event\/purchase: .*BigInt/)
    expect(error).not.toHaveProperty('code')
  })
})

type LookedUp = (error: null, addresses: dns.LookupAddress[]) => void

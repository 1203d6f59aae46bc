import { AuthenticationError, UnavailableError } from '../../src/mapi'
import { callMapi } from '../../src/mapi/call'
import { tokenFor } from '../../src/mapi/tokens'
import type { Transport } from '../../src/mapi/transports/transport'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { setClock } from '../support/clock'
import { newSettings } from '../support/credentials'
import {
  aPurchase,
  authorizations,
  merchantOfSettings,
  newAccount,
  rejectionOf,
  taken,
  transports
} from '../support/sandboxed'

const MINUTE = 60_000
const HINT = '. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret.'
const fifty = Array.from({ length: 50 }, (_, index) => `order-${index}`)
const ids = (records: { body: unknown }[]) =>
  records.map(({ body }) => (body as { orderId: string }).orderId).sort()

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  jest.useRealTimers()
  await sandbox.close()
})

describe.each(transports)('Tokens over %s', (_name, newTransport) => {
  it('cost one authorization for 50 events that start at once', async () => {
    const account = newAccount(sandbox)
    await Promise.all(fifty.map((orderId) => callMapi(account, newTransport(), aPurchase(orderId))))
    expect(authorizations(sandbox)).toHaveLength(1)
    expect(ids(taken(sandbox))).toEqual([...fifty].sort())
  })

  it('go out as bearer tokens', async () => {
    await callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1'))
    expect(taken(sandbox)[0]?.authorization).toBe('Bearer [redacted]')
  })

  it("are a merchant's own, also for two that share a key, interleaved and at once", async () => {
    const one = newSettings()
    const merchants = [one, { ...one, authSecret: `${one.authSecret}-2` }, newSettings()]
    await Promise.all(
      fifty.flatMap((orderId) =>
        merchants.map((settings, index) =>
          callMapi(newAccount(sandbox, settings), newTransport(), aPurchase(`${orderId}-of-${index}`))
        )
      )
    )
    expect(authorizations(sandbox)).toHaveLength(3)
    for (const [index, settings] of merchants.entries()) {
      const own = taken(sandbox).filter(({ merchant }) => merchant === merchantOfSettings(settings))
      expect(ids(own)).toEqual(fifty.map((orderId) => `${orderId}-of-${index}`).sort())
    }
  })

  it('are not shared between two addresses of MAPI', async () => {
    const other = await startSandbox()
    try {
      const settings = newSettings()
      await callMapi(newAccount(sandbox, settings), newTransport(), aPurchase('o-1'))
      await callMapi(newAccount(other, settings), newTransport(), aPurchase('o-1'))
      expect([authorizations(sandbox), authorizations(other)].map(({ length }) => length)).toEqual([1, 1])
    } finally {
      await other.close()
    }
  })

  it('are kept for most of their 20 minutes and renewed a minute before they expire', async () => {
    const start = Date.now()
    const account = newAccount(sandbox)
    await callMapi(account, newTransport(), aPurchase('o-1'))
    setClock(start + 18.5 * MINUTE)
    await callMapi(account, newTransport(), aPurchase('o-2'))
    expect(authorizations(sandbox)).toHaveLength(1)
    setClock(start + 19.1 * MINUTE)
    await callMapi(account, newTransport(), aPurchase('o-3'))
    expect(authorizations(sandbox)).toHaveLength(2)
    expect(sandbox.records.map(({ status }) => status)).toEqual([200, 201, 201, 200, 201])
  })

  it.each([
    ['ten minutes ahead', 10],
    ['ten minutes behind', -10]
  ])('are renewed in time on a machine whose clock is %s', async (_clock, minutes) => {
    const mapiNow = Date.now()
    const here = mapiNow + minutes * MINUTE
    setClock(here)
    const account = newAccount(sandbox)
    const answer = { token: 'token-of-mapi', expires: new Date(mapiNow + 20 * MINUTE).toISOString() }
    sandbox.injectFault(
      { status: 200, body: answer, headers: { date: new Date(mapiNow).toUTCString() } },
      { path: '/v1/authorization' }
    )
    sandbox.injectFault({ status: 201 }, { path: '/v1/event/purchase' })
    await callMapi(account, newTransport(), aPurchase('o-1'))
    setClock(here + 18.5 * MINUTE)
    await callMapi(account, newTransport(), aPurchase('o-2'))
    expect(authorizations(sandbox)).toHaveLength(1)
    setClock(here + 19.5 * MINUTE)
    await callMapi(account, newTransport(), aPurchase('o-3'))
    expect(authorizations(sandbox)).toHaveLength(2)
  })

  it('cost one renewal, and no event, when they are revoked under 50 events in flight', async () => {
    const account = newAccount(sandbox)
    await callMapi(account, newTransport(), aPurchase('first'))
    sandbox.revokeTokens()
    await Promise.all(fifty.map((orderId) => callMapi(account, newTransport(), aPurchase(orderId))))
    expect(authorizations(sandbox)).toHaveLength(2)
    expect(ids(taken(sandbox))).toEqual(['first', ...fifty].sort())
  })

  it('are renewed once for an event; a second 401 is an AuthenticationError', async () => {
    sandbox.injectFault({ status: 401, body: { message: 'no' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toBe('Friendbuy MAPI answered 401 to POST /v1/event/purchase: no')
    expect(sandbox.records.map(({ path }) => path)).toEqual([
      '/v1/authorization',
      '/v1/event/purchase',
      '/v1/authorization',
      '/v1/event/purchase'
    ])
  })

  it.each([
    ['a page of HTML', '<html>welcome</html>'],
    ['nothing', ''],
    ['JSON without a token', { tokenType: 'Bearer', expires: '2099-01-01T00:00:00Z' }],
    ['a token that is no string', { token: 7, expires: '2099-01-01T00:00:00Z' }],
    ['a token that would break the header', { token: 'a\r\nX-Evil: 1', expires: '2099-01-01T00:00:00Z' }],
    ['null', null]
  ])('are not made of a 200 that holds %s: the event may be tried again', async (_what, body) => {
    const account = newAccount(sandbox)
    sandbox.injectFault({ status: 200, body }, { path: '/v1/authorization', times: 1 })
    const error = await rejectionOf(callMapi(account, newTransport(), aPurchase('o-1')))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toMatch(
      /answered 200 to POST \/v1\/authorization (without a token|with an HTML page|with a token that no header can carry): is a proxy in between/
    )
    expect(error.message).not.toContain('X-Evil')
    expect(taken(sandbox)).toEqual([])

    await callMapi(account, newTransport(), aPurchase('o-1'))
    expect(taken(sandbox)).toHaveLength(1)
  })

  it('may hold inner blanks', async () => {
    const account = newAccount(sandbox)
    const expires = new Date(Date.now() + 20 * MINUTE).toISOString()
    sandbox.injectFault(
      { status: 200, body: { token: 'mapi auth token', expires } },
      { path: '/v1/authorization' }
    )
    sandbox.injectFault({ status: 201 }, { path: '/v1/event/purchase' })
    await callMapi(account, newTransport(), aPurchase('o-1'))
    expect(sandbox.records.map(({ status }) => status)).toEqual([200, 201])
  })

  it.each([' leading', 'trailing ', 'a\u00e9'])(
    'are not taken from %p, which no header can carry',
    async (token) => {
      sandbox.injectFault({ status: 200, body: { token } }, { path: '/v1/authorization' })
      const error = await rejectionOf(callMapi(newAccount(sandbox), newTransport(), aPurchase('o-1')))
      expect(error.message).toContain('with a token that no header can carry')
    }
  )

  it.each([
    ['missing', undefined],
    ['unreadable', 'soon'],
    ['past', '2020-03-20T22:58:56.588Z']
  ])('whose expiry is %s serve the event that waits for them and are not kept', async (_what, expires) => {
    const account = newAccount(sandbox)
    sandbox.injectFault(
      { status: 200, body: { token: 'once', expires } },
      { path: '/v1/authorization', times: 1 }
    )
    sandbox.injectFault({ status: 201 }, { path: '/v1/event/purchase', times: 1 })
    await callMapi(account, newTransport(), aPurchase('o-1'))
    await callMapi(account, newTransport(), aPurchase('o-2'))
    await callMapi(account, newTransport(), aPurchase('o-3'))
    // A token that was kept would cost a 401 first.
    expect(sandbox.records.map(({ status }) => status)).toEqual([200, 201, 200, 201, 201])
    expect(ids(taken(sandbox))).toEqual(['o-1', 'o-2', 'o-3'])
  })

  it.each([401, 403, 429, 500, 503])(
    'are asked for again after an authorization that failed with %d',
    async (status) => {
      const account = newAccount(sandbox)
      sandbox.injectFault({ status, body: { message: 'not now' } }, { path: '/v1/authorization', times: 1 })
      const errors = await Promise.all(
        fifty.map((orderId) => rejectionOf(callMapi(account, newTransport(), aPurchase(orderId))))
      )
      expect(new Set(errors.map(({ message }) => message))).toEqual(
        new Set([
          `Friendbuy MAPI answered ${status} to POST /v1/authorization: not now${status < 429 ? HINT : ''}`
        ])
      )
      await callMapi(account, newTransport(), aPurchase('later'))
      expect(authorizations(sandbox)).toHaveLength(2)
      expect(ids(taken(sandbox))).toEqual(['later'])
    }
  )
})

describe('Tokens from an answer without a date', () => {
  it('are renewed by the clock of this machine', async () => {
    const start = Date.now()
    setClock(start)
    const account = newAccount(sandbox)
    let authorized = 0
    const dateless: Transport = ({ url }) => {
      const answer = { status: 200, header: () => undefined }
      if (!url.endsWith('/v1/authorization')) return Promise.resolve({ ...answer, body: {} })
      authorized += 1
      const expires = new Date(Date.now() + 10 * MINUTE).toISOString()
      return Promise.resolve({ ...answer, body: { token: 'dateless', expires } })
    }
    await callMapi(account, dateless, aPurchase('o-1'))
    setClock(start + 8.9 * MINUTE)
    await callMapi(account, dateless, aPurchase('o-2'))
    expect(authorized).toBe(1)
    setClock(start + 9.1 * MINUTE)
    await callMapi(account, dateless, aPurchase('o-3'))
    expect(authorized).toBe(2)
  })
})

describe('The cache of tokens', () => {
  const account = (key: string) => ({ mapiUrl: 'http://127.0.0.1:9', key, secret: `secret of ${key}` })

  it('stays bounded with 100,000 merchants, and drops those that were least in use', async () => {
    const asked = new Map<string, number>()
    const authorize = ({ key }: { key: string }) => {
      asked.set(key, (asked.get(key) ?? 0) + 1)
      return Promise.resolve({ value: `token of ${key}`, keepForMs: MINUTE })
    }
    const ask = async (key: string) => (await tokenFor(account(key), authorize)).value
    await ask('merchant-0')
    for (let index = 1; index <= 100_000; index += 1) {
      await ask(`merchant-${index}`)
      if (index % 5000 === 0) await ask('a-busy-one')
    }
    expect(await ask('merchant-100000')).toBe('token of merchant-100000')
    expect(await ask('merchant-0')).toBe('token of merchant-0')
    expect(['merchant-0', 'merchant-100000', 'a-busy-one'].map((key) => asked.get(key))).toEqual([2, 1, 1])
  })

  it('answers an authorization that was pushed out while it was under way', async () => {
    const answers: (() => void)[] = []
    const slow = ({ key }: { key: string }) =>
      new Promise<{ value: string; keepForMs: number }>((resolve) => {
        answers.push(() => {
          resolve({ value: `token of ${key}`, keepForMs: MINUTE })
        })
      })
    const waiting = Array.from({ length: 20_001 }, (_, index) => tokenFor(account(`slow-${index}`), slow))
    for (const answer of answers) answer()
    const values = (await Promise.all(waiting)).map((token) => token.value)
    expect(values).toEqual(Array.from({ length: 20_001 }, (_, index) => `token of slow-${index}`))
  })
})

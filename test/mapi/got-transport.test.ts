import { inspect } from 'node:util'
import { RetryableError } from '@segment/actions-core'
import { callMapi } from '../../src/mapi/client'
import { gotTransport } from '../../src/mapi/got-transport'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { aPurchase, authorizations, newAccount, rejectionOf, taken } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
  // The shortest of the random pauses.
  jest.spyOn(Math, 'random').mockReturnValue(0)
})

afterEach(async () => {
  jest.restoreAllMocks()
  await sandbox.close()
})

const purchases = () => sandbox.records.filter(({ path }) => path === '/v1/event/purchase')

describe('The transport over got', () => {
  it.each([408, 423, 429, 500, 502, 503, 504, 520])('tries again after a %d', async (status) => {
    sandbox.misbehave({ status }, { path: '/v1/event/purchase', times: 2 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(purchases().map((record) => record.status)).toEqual([status, status, 201])
  })

  it.each([400, 403, 404, 409, 422])('does not try again after a %d', async (status) => {
    sandbox.misbehave({ status }, { path: '/v1/event/purchase' })
    await rejectionOf(callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1')))
    expect(purchases()).toHaveLength(1)
  })

  it.each([
    ['dropped', { drop: 'before' }],
    ['dropped after it was processed', { drop: 'after' }],
    ['cut short', { cutShort: true }]
  ] as const)('tries again after a connection that was %s', async (_what, misbehaviour) => {
    sandbox.misbehave(misbehaviour, { path: '/v1/event/purchase', times: 1 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(purchases()).toHaveLength(2)
    expect(purchases().at(-1)?.status).toBe(201)
  })

  it('tries an authorization again too', async () => {
    sandbox.misbehave({ status: 503 }, { path: '/v1/authorization', times: 1 })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(authorizations(sandbox).map(({ status }) => status)).toEqual([503, 200])
    expect(taken(sandbox)).toHaveLength(1)
  })

  it('gives up after as many retries as it is told to make, with the last response', async () => {
    sandbox.misbehave({ html: 502 }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(
      callMapi(newAccount(sandbox), gotTransport({ retries: 2 }), aPurchase('o-1'))
    )
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({
      status: 502,
      message: 'Friendbuy MAPI answered 502 to POST /v1/event/purchase'
    })
    expect(purchases()).toHaveLength(3)
  })

  it.each([
    ['in seconds', () => '1'],
    ['as a date', () => new Date(Date.now() + 1500).toUTCString()]
  ])('waits as long as a Retry-After %s says', async (_what, header) => {
    const headers = { 'retry-after': header() }
    sandbox.misbehave({ status: 429, headers }, { path: '/v1/event/purchase', times: 1 })
    const waits: number[] = []
    const { setTimeout: realSetTimeout } = globalThis
    jest.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms = 0) => {
      waits.push(ms)
      return realSetTimeout(work, ms >= 9000 ? ms : 0)
    })
    await callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1'))
    expect(waits.filter((ms) => ms > 400 && ms <= 2000)).toHaveLength(1)
    expect(purchases().map(({ status }) => status)).toEqual([429, 201])
  })

  it('leaves a Retry-After that is too long to the caller', async () => {
    sandbox.misbehave({ status: 429, headers: { 'retry-after': '120' } }, { path: '/v1/event/purchase' })
    const error = await rejectionOf(callMapi(newAccount(sandbox), gotTransport(), aPurchase('o-1')))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 120_000 })
    expect(purchases()).toHaveLength(1)
  })

  it.each([
    [0.5, [500, 1000, 2000]],
    [0.999, [999, 1998, 3996]]
  ])('pauses for a random part, here %d, of a power of two seconds', async (random, pauses) => {
    jest.spyOn(Math, 'random').mockReturnValue(random)
    sandbox.misbehave({ status: 500 }, { path: '/v1/event/purchase' })
    const waits: number[] = []
    const { setTimeout: realSetTimeout } = globalThis
    jest.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms = 0) => {
      waits.push(ms)
      return realSetTimeout(work, ms >= 9000 ? ms : 0)
    })
    await rejectionOf(callMapi(newAccount(sandbox), gotTransport({ retries: 3 }), aPurchase('o-1')))
    expect(waits.filter((ms) => ms > 100 && ms < 9000)).toEqual(pauses)
  })

  it('ends with a RetryableError where MAPI takes too long, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    sandbox.misbehave({ latencyMs: 5000 })
    const error = await rejectionOf(
      callMapi(account, gotTransport({ timeoutMs: 20, retries: 0 }), aPurchase('o-1'))
    )
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({
      status: 408,
      message: "Friendbuy MAPI did not answer POST /v1/authorization: Timeout awaiting 'request' for 20ms"
    })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })

  it('ends with a RetryableError where there is no MAPI, without the request and its credentials', async () => {
    const account = newAccount(sandbox)
    await sandbox.close()
    const error = await rejectionOf(callMapi(account, gotTransport({ retries: 1 }), aPurchase('o-1')))
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.status).toBe(503)
    expect(error.message).toMatch(/^Friendbuy MAPI did not answer POST \/v1\/authorization: .*ECONNREFUSED/)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(account.secret)
  })
})

import { InvalidAuthenticationError } from '@segment/actions-core'
import { createMapiClient } from '../../src/mapi'
import { merchantOf, type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { authorizations, rejectionOf, taken } from '../support/sandboxed'

const eventCreated = { eventId: expect.any(String) as string, createdOn: expect.any(String) as string }

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

const newClient = () => {
  const { authKey: key, authSecret: secret } = newSettings()
  return { key, secret, mapi: createMapiClient({ key, secret, mapiUrl: sandbox.url }) }
}

describe('createMapiClient', () => {
  it('makes the four event calls, with one authorization', async () => {
    const { key, secret, mapi } = newClient()
    const person = { customerId: 'c-1', email: 'ada@example.com' }
    const bodies = [
      { ...person, firstName: 'Ada', loyaltyStatus: 'in' as const },
      { ...person, orderId: 'o-1', amount: 9.5, currency: 'USD' },
      { ...person, birthday: { month: 12, day: 10 } },
      { ...person, eventType: 'Downloaded', deduplicationId: 'd-1' }
    ] as const
    expect(
      await Promise.all([
        mapi.postCustomer(bodies[0]),
        mapi.postPurchaseEvent(bodies[1]),
        mapi.postSignUpEvent(bodies[2]),
        mapi.postCustomEvent(bodies[3])
      ])
    ).toEqual([eventCreated, eventCreated, eventCreated, eventCreated])
    expect(authorizations(sandbox)).toHaveLength(1)
    expect(new Set(taken(sandbox).map(({ merchant }) => merchant))).toEqual(
      new Set([merchantOf({ key, secret })])
    )
    expect(Object.fromEntries(taken(sandbox).map(({ path, body }) => [path, body]))).toEqual({
      '/v1/customer': bodies[0],
      '/v1/event/purchase': bodies[1],
      '/v1/event/account-sign-up': bodies[2],
      '/v1/event/custom': bodies[3]
    })
  })

  it('gets a customer and the data of a user, and has them deleted', async () => {
    const { mapi } = newClient()
    await mapi.postCustomer({
      customerId: 'c 1&2',
      email: 'ada@example.com',
      firstName: 'Ada',
      loyaltyStatus: 'in'
    })
    expect(await mapi.getCustomer({ id: 'c 1&2' })).toMatchObject({
      id: 'c 1&2',
      email: 'ada@example.com',
      name: 'Ada'
    })
    expect(await mapi.getUserData({ email: 'ada@example.com' })).toMatchObject({
      customerIds: ['c 1&2'],
      trackedEvents: [{ type: 'customer' }]
    })
    expect(await mapi.deleteUserData({ customerId: 'c 1&2' })).toEqual({
      jobId: expect.any(String) as string
    })
    expect(await mapi.getUserData({ customerId: 'c 1&2' })).toMatchObject({
      customerIds: [],
      trackedEvents: []
    })
    expect(sandbox.records.at(-1)?.query).toEqual({ customerId: 'c 1&2' })
  })

  it('gives an empty object for an answer without a body', async () => {
    sandbox.misbehave({ status: 204, body: '' }, { path: '/v1/user-data' })
    expect(await newClient().mapi.deleteUserData({ email: 'ada@example.com' })).toEqual({})
  })

  it('tells with an authorization whether the credentials are good', async () => {
    const { key, secret } = newClient()
    const strict = await startSandbox({ credentials: [{ key, secret }] })
    try {
      const mapiUrl = strict.url
      expect(await createMapiClient({ key, secret, mapiUrl }).postAuthorization()).toEqual({
        tokenType: 'Bearer',
        token: expect.any(String) as string,
        expires: expect.any(String) as string
      })
      const error = await rejectionOf(createMapiClient({ key, secret: 'wrong', mapiUrl }).postAuthorization())
      expect(error).toBeInstanceOf(InvalidAuthenticationError)
      expect(error.message).toMatch(/^Friendbuy MAPI answered 401 to POST \/v1\/authorization: /)
    } finally {
      await strict.close()
    }
  })

  it('refuses blank credentials and an address that is none', () => {
    expect(() => createMapiClient({ key: '', secret: 's' })).toThrow(InvalidAuthenticationError)
    expect(() => createMapiClient({ key: 'k', secret: 's', mapiUrl: 'nowhere' })).toThrow(TypeError)
  })
})

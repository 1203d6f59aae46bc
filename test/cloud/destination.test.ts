import { Destination, type JSONObject } from '@segment/actions-core'
import { type ActionKey, actions, createFriendbuyDestination, destination } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { authorizations, rejectionOf } from '../support/sandboxed'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(async () => {
  await sandbox.close()
})

const newFriendbuy = () => new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
const settingsOf = (settings: object) => settings as JSONObject

describe('The definition', () => {
  it('has the documented name, slug, mode and description', () => {
    const { name, slug, mode, description } = destination
    expect({ name, slug, mode }).toEqual({
      name: 'Friendbuy',
      slug: 'actions-friendbuy-cloud',
      mode: 'cloud'
    })
    expect(description).toContain('cloud-mode')
    expect(description).toContain('Friendbuy (Cloud Destination)')
  })

  it('requires a key and a secret', () => {
    expect(destination.authentication?.fields).toEqual({
      authKey: {
        label: 'Friendbuy MAPI Key',
        description: expect.any(String) as string,
        type: 'password',
        required: true
      },
      authSecret: {
        label: 'Friendbuy MAPI Secret',
        description: expect.any(String) as string,
        type: 'password',
        required: true
      }
    })
  })

  it('has four actions, each with a default subscription', () => {
    expect(
      Object.entries(destination.actions).map(([key, { title, defaultSubscription }]) => [
        key,
        title,
        defaultSubscription
      ])
    ).toEqual([
      ['trackCustomer', 'Track Customer', 'type = "identify"'],
      ['trackPurchase', 'Track Purchase', 'type = "track" and event = "Order Completed"'],
      ['trackSignUp', 'Track Sign Up', 'type = "track" and event = "Signed Up"'],
      ['trackCustomEvent', 'Track Custom Event', 'type = "track"']
    ])
  })

  it('describes each action', () => {
    for (const { description } of Object.values(destination.actions))
      expect(description).toMatch(/^[A-Z].+\.$/)
  })

  it('has automatic presets, with default mappings, for all but custom events', () => {
    const preset = (partnerAction: ActionKey) => ({
      type: 'automatic',
      name: actions[partnerAction].title,
      partnerAction,
      subscribe: actions[partnerAction].defaultSubscription,
      mapping: Object.fromEntries(
        Object.entries(actions[partnerAction].fields).flatMap(([key, field]) =>
          field.default === undefined ? [] : [[key, field.default]]
        )
      )
    })
    expect(destination.presets).toEqual([
      preset('trackCustomer'),
      preset('trackPurchase'),
      preset('trackSignUp')
    ])
  })

  const fields = Object.entries(actions).flatMap(([action, { fields: all }]) =>
    Object.entries(all).map(([key, field]) => [`${action}.${key}`, field] as const)
  )

  it.each(fields)('describes %s and declares no format', (_name, field) => {
    expect(field.label.trim()).not.toBe('')
    expect(field.description.trim()).not.toBe('')
    expect(field).not.toHaveProperty('format')
  })

  it.each(fields.filter(([, field]) => field.default !== undefined))(
    'has a default for %s that every host can translate',
    (_name, field) => {
      const path = { '@path': expect.stringMatching(/^\$\./) as string }
      const value = field.default as { '@if'?: { exists: unknown; then: unknown } }
      if (value['@if']) {
        expect(value).toEqual({ '@if': { exists: path, then: path, else: path } })
        expect(value['@if'].then).toEqual(value['@if'].exists)
      } else expect(value).toEqual(path)
    }
  )

  it.each([
    ['trackCustomer', ['customerId', 'email']],
    ['trackPurchase', ['orderId', 'amount', 'currency']],
    ['trackSignUp', ['customerId', 'email']],
    ['trackCustomEvent', ['eventType', 'eventProperties', 'customerId', 'email']]
  ] as const)('requires of %s only %p', (action, required) => {
    const { fields: all } = actions[action]
    expect(Object.keys(all).filter((key) => all[key]?.required)).toEqual(required)
    const nested = Object.values(all).flatMap(({ properties = {} }) => Object.values(properties))
    expect(nested.filter((field) => field.required)).toEqual([])
  })

  it('throws for an invalid mapiUrl', () => {
    expect(() => createFriendbuyDestination({ mapiUrl: 'mapi.fbot.me' })).toThrow(TypeError)
  })
})

describe('testAuthentication', () => {
  it('authorizes', async () => {
    await newFriendbuy().testAuthentication(newSettings())
    expect(authorizations(sandbox).map(({ status }) => status)).toEqual([200])
  })

  it('rejects invalid credentials with the status and without the credentials', async () => {
    sandbox.injectFault({ status: 401, body: { message: 'Unauthorized' } })
    const settings = newSettings()
    const { message } = await rejectionOf(newFriendbuy().testAuthentication(settings))
    expect(message).toMatch(
      /^Credentials are invalid: .*answered 401 to POST \/v1\/authorization: Unauthorized/
    )
    expect(message).not.toContain(settings.authKey)
    expect(message).not.toContain(settings.authSecret)
  })

  it('authorizes again instead of using a cached token', async () => {
    const settings = newSettings()
    await newFriendbuy().testAuthentication(settings)
    sandbox.injectFault({ status: 401 })
    await rejectionOf(newFriendbuy().testAuthentication(settings))
  })
})

describe('onDelete', () => {
  const onDelete = (userId: unknown, settings = newSettings()) =>
    newFriendbuy().onDelete?.({ type: 'delete', userId } as never, settingsOf(settings))

  it("requests the deletion of the customer's data, authorized", async () => {
    expect(await onDelete('c 1&2')).toEqual({
      output: 'Friendbuy deletes the data of this customer.',
      data: { jobId: expect.any(String) as string }
    })
    expect(sandbox.records.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/v1/user-data',
      query: { customerId: 'c 1&2' },
      authorization: 'Bearer [redacted]',
      status: 200
    })
  })

  it.each([
    [204, '', null],
    [200, { task_id: 't-1' }, 't-1'],
    [200, { jobId: 'j-1' }, 'j-1'],
    [202, {}, null]
  ])('accepts a %d with %p as success', async (status, body, jobId) => {
    sandbox.injectFault({ status, body }, { path: '/v1/user-data' })
    expect(await onDelete('c-1')).toMatchObject({ data: { jobId } })
  })

  it('accepts a numeric userId', async () => {
    await onDelete(42)
    expect(sandbox.records.at(-1)?.query).toEqual({ customerId: '42' })
  })

  it.each([[undefined], [null], [''], ['  ']])(
    'reports nothing to delete for the userId %p',
    async (userId) => {
      expect(await onDelete(userId)).toEqual({ output: 'Nothing to delete: the event has no userId.' })
      expect(sandbox.records).toEqual([])
    }
  )

  it('rejects if MAPI refuses the deletion', async () => {
    sandbox.injectFault({ status: 422, body: { message: 'no such customer' } }, { path: '/v1/user-data' })
    const error = await rejectionOf(onDelete('c-1') ?? Promise.resolve())
    expect(error).toMatchObject({
      status: 422,
      message: 'Friendbuy MAPI answered 422 to DELETE /v1/user-data: no such customer'
    })
  })
})

import { Destination, type SegmentEvent } from '@segment/actions-core'
import nock from 'nock'
import { type ActionKey, actions, destination } from '../../src'
import { newSettings } from '../support/credentials'
import cases from './cases.json'

interface Case {
  name: string
  action: ActionKey
  event: SegmentEvent
  mapping?: Record<string, unknown>
  expect: { path: string; body: object } | { error: { status: number; mentions: string[] } }
}

const MAPI = 'https://mapi.fbot.me'

/** The mapping that the action starts with, as hosts save it, with the case's own on top. */
const mappingOf = ({ action, mapping }: Case) => ({
  ...Object.fromEntries(
    Object.entries(actions[action].fields).flatMap(([key, field]) =>
      field.default === undefined ? [] : [[key, field.default]]
    )
  ),
  ...mapping
})

beforeAll(() => {
  nock.disableNetConnect()
})

afterAll(() => {
  nock.cleanAll()
  nock.enableNetConnect()
  nock.restore()
})

describe.each(cases as unknown as Case[])('$action: $name', (worked) => {
  const friendbuy = new Destination(destination)
  const settings = newSettings()
  const expected = worked.expect

  it('error' in expected ? 'fails before any request' : `posts to ${expected.path}`, async () => {
    const token = `token-of-${settings.authKey}`
    const authorization = nock(MAPI)
      .post('/v1/authorization', { key: settings.authKey, secret: settings.authSecret })
      .reply(200, { tokenType: 'Bearer', token, expires: new Date(Date.now() + 20 * 60_000).toISOString() })
    const calls: { path: string; body: unknown }[] = []
    const event = nock(MAPI, { reqheaders: { authorization: `Bearer ${token}` } })
      .post(/.*/)
      .reply(201, function (path, body) {
        calls.push({ path, body })
        return { eventId: 'e-1', createdOn: '2026-11-21T10:00:00Z' }
      })

    const sent = friendbuy.onEvent(worked.event, {
      ...settings,
      subscription: {
        partnerAction: worked.action,
        subscribe: actions[worked.action].defaultSubscription,
        mapping: mappingOf(worked)
      }
    } as never)

    if ('error' in expected) {
      const error = await sent.then(
        () => undefined,
        (reason: unknown) => reason as Error & { status: number }
      )
      expect(error?.status).toBe(expected.error.status)
      for (const words of expected.error.mentions) expect(error?.message).toContain(words)
      expect([authorization.isDone(), event.isDone()]).toEqual([false, false])
      nock.cleanAll()
    } else {
      await sent
      expect(calls).toEqual([{ path: expected.path, body: expected.body }])
    }
  })
})

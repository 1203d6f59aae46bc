import { Destination } from '@segment/actions-core'
import nock from 'nock'
import { actions, destination } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { newSettings } from '../support/credentials'
import { cases } from './cases'

const MAPI = 'https://mapi.fbot.me'

beforeAll(() => {
  nock.disableNetConnect()
})

afterAll(() => {
  nock.cleanAll()
  nock.enableNetConnect()
  nock.restore()
})

describe.each(cases)('$action: $name', (worked) => {
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
        mapping: { ...toDefaultMapping(worked.action), ...worked.mapping }
      }
    })

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

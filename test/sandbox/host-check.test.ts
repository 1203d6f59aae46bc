import { connect } from 'node:net'
import { SandboxMapi } from '../../src/sandbox/mapi'
import { BoundedMap } from '../../src/sandbox/bounded-map'
import { newMerchant, newSandbox, purchase } from './call'

/** Status of a call with these headers. */
const statusOf = (url: string, headers: string) =>
  new Promise<number>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.setEncoding('utf8').on('error', reject)
    socket.once('data', (text: string) => {
      socket.destroy()
      resolve(Number(text.split(' ')[1]))
    })
    socket.write(`GET /v1/unknown HTTP/1.1\r\n${headers}\r\n\r\n`)
  })

describe('A sandbox that a web page calls', () => {
  it.each([
    ['127.0.0.1:1', undefined, 404],
    ['127.1.2.3', undefined, 404],
    ['LOCALHOST:8787', 'http://localhost:3000', 404],
    ['[::1]:8787', undefined, 404],
    ['evil.example.com', undefined, 403],
    ['localhost.evil.example.com', undefined, 403],
    ['192.168.0.7', undefined, 403],
    ['localhost', 'https://evil.example.com', 403],
    ['localhost', 'null', 403]
  ])('answers Host %s and Origin %s with %d', async (host, origin, status) => {
    const sandbox = await newSandbox()
    const headers = `Host: ${host}${origin === undefined ? '' : `\r\nOrigin: ${origin}`}`
    expect(await statusOf(sandbox.url, headers)).toBe(status)
    expect(sandbox.records).toHaveLength(status === 403 ? 0 : 1)
  })

  it('answers by any address if it listens on all of them, and by no foreign name', async () => {
    const { url } = await newSandbox({ host: '0.0.0.0' })
    expect(await statusOf(url, 'Host: 192.168.0.7:80')).toBe(404)
    expect(await statusOf(url, 'Host: evil.example.com')).toBe(403)
  })
})

describe('What a sandbox remembers', () => {
  it('is at most as much as it is told', async () => {
    const { post, get } = await newMerchant(await newSandbox({ keep: 3 }))
    const adjustment = { currency: 'Points', value: 1, adjustmentType: 'add', description: 'd' }
    for (let index = 0; index < 9; index += 1) {
      await post('/v1/event/purchase', { ...purchase, orderId: `o-${index}`, customerId: `c-${index}` })
      await post('/v1/ledger-adjustment-custom', { ...adjustment, customCustomerId: `c-${index}` })
      await post('/v1/personal-referral-link', {
        email: `u${index}@example.com`,
        campaignId: 'c',
        seed: `s${index}`
      })
    }
    expect(await get('/v1/analytics/loyalty/ledger-heads', { currency: 'Points' })).toMatchObject({
      body: { results: [{ customerId: 'c-6' }, { customerId: 'c-7' }, { customerId: 'c-8' }] }
    })
    expect(await get('/v1/referral-status', { code: 's5' })).toMatchObject({ status: 404 })
    expect(await get('/v1/referral-status', { code: 's6' })).toMatchObject({ status: 200 })
  })

  it('is the tokens of 10,000 authorizations', () => {
    const mapi = new SandboxMapi({})
    const authorize = (key: string) =>
      mapi.reply({
        method: 'POST',
        path: '/v1/authorization',
        query: {},
        authorization: undefined,
        text: JSON.stringify({ key, secret: 's' })
      })
    const { token } = authorize('first').body as { token: string }
    const status = () =>
      mapi.reply({
        method: 'GET',
        path: '/v1/reward/redemption-options',
        query: {},
        authorization: `Bearer ${token}`,
        text: undefined
      }).status
    for (let index = 1; index < 10_000; index += 1) authorize(`key-${index}`)
    expect(status()).toBe(200)
    authorize('one more')
    expect(status()).toBe(401)
  })
})

describe('BoundedMap', () => {
  it('evicts the oldest entry', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4)
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 4]
    ])
  })
})

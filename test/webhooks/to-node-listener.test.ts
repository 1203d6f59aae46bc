import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server
} from 'node:http'
import { connect } from 'node:net'
import {
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  toNodeListener
} from '../../src/webhooks'
import { eventually } from '../support/eventually'
import { ADVOCATE_REWARD, EMAIL_AUTHORIZATION, SECRET_KEY, toSigned, VALIDATION } from './bodies'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** Starts a server on a free port of this machine. */
const listen = async (listener: RequestListener) => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}` }
}

const rewards: unknown[] = []
const errors: unknown[] = []
beforeEach(() => {
  rewards.splice(0)
  errors.splice(0)
})

const webhook = createWebhookHandler({
  secretKey: SECRET_KEY,
  onError: (error) => errors.push(error),
  on: { advocateReward: (reward) => rewards.push(reward) }
})
const post = async (url: string, body: unknown, method = 'POST') =>
  fetch(url, { method, ...(await toSigned(body)) })

describe('toNodeListener', () => {
  it('serves webhooks on node:http', async () => {
    const { url } = await listen(toNodeListener(webhook))
    const response = await post(url, ADVOCATE_REWARD)
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(rewards).toEqual(ADVOCATE_REWARD.data)
  })

  it('serves both callbacks on node:http', async () => {
    const isValid = () => false
    const validation = await listen(
      toNodeListener(createRewardValidationHandler({ secretKey: SECRET_KEY, isValid }))
    )
    expect((await post(validation.url, VALIDATION)).status).toBe(400)
    const allowed = ([first = '']: string[]) => [first]
    const authorization = await listen(
      toNodeListener(createEmailAuthorizationHandler({ secretKey: SECRET_KEY, allowed }))
    )
    const response = await post(authorization.url, EMAIL_AUTHORIZATION)
    expect([response.status, await response.json()]).toEqual([200, [EMAIL_AUTHORIZATION.data[0]]])
  })

  it('reads a body that arrives byte by byte, which splits UTF-8', async () => {
    const { port } = await listen(toNodeListener(webhook))
    const { body, headers } = await toSigned(ADVOCATE_REWARD)
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers })
    request.setNoDelay(true)
    for (const byte of Buffer.from(body)) request.write(Buffer.of(byte))
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(200)
    response.resume()
    expect(rewards).toEqual(ADVOCATE_REWARD.data)
  })

  it.each([
    ['rawBody, before a parsed body', (text: string) => ({ rawBody: Buffer.from(text), body: {} })],
    ['a body of bytes', (text: string) => ({ body: Buffer.from(text) })],
    ['a body of text', (text: string) => ({ body: text })]
  ])('uses %s, as frameworks provide it', async (_what, leave) => {
    const listener = toNodeListener(webhook)
    const { url } = await listen((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => (text += part))
      request.on('end', () => listener(Object.assign(request, leave(text)), response))
    })
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect(rewards).toEqual(ADVOCATE_REWARD.data)
  })

  it('reads an unread stream in spite of an empty parsed body', async () => {
    const listener = toNodeListener(webhook)
    const { url } = await listen((request, response) => {
      listener(Object.assign(request.setEncoding('utf8'), { body: {} }), response)
    })
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect(rewards).toEqual(ADVOCATE_REWARD.data)
  })

  it('responds 500 to a parsed body, and says what to change', async () => {
    const listener = toNodeListener(webhook)
    const { url } = await listen((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => (text += part))
      request.on('end', () => {
        listener(Object.assign(request, { body: JSON.parse(text) as unknown }), response)
      })
    })
    const response = await post(url, ADVOCATE_REWARD)
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('express.raw')])
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('express.raw') as unknown })
    ])
    expect(rewards).toEqual([])
  })

  it('responds 405 to GET', async () => {
    const { url } = await listen(toNodeListener(webhook))
    const response = await fetch(url)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it.each([
    ['in one piece', 'x'.repeat(3 * 1024 * 1024)],
    [
      'of unknown length',
      new ReadableStream({
        start: (controller) => {
          for (let part = 0; part < 48; part++) controller.enqueue(new Uint8Array(64 * 1024))
          controller.close()
        }
      })
    ]
  ])('responds 413 to a body that is too large, %s, and serves the next request', async (_what, body) => {
    const { url } = await listen(toNodeListener(webhook))
    const response = await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('1048576')])
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
  })

  it('refuses the header twice', async () => {
    const { port } = await listen(toNodeListener(webhook))
    const { body, headers } = await toSigned(ADVOCATE_REWARD)
    const [signature = ''] = Object.values(headers)
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST' })
    request.setHeader('X-Friendbuy-Hmac-SHA256', [signature, signature])
    request.end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(response.resume().statusCode).toBe(401)
    expect(errors).toEqual([expect.objectContaining({ code: 'no_signature' })])
  })

  it('reports a client that disconnects within the body, and serves the next request', async () => {
    const listener = toNodeListener(webhook)
    const arrived: unknown[] = []
    const { port, url } = await listen((request, response) => {
      arrived.push(request)
      listener(request, response)
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 10\r\n\r\n{"a"')
    await once(socket, 'connect')
    await eventually(() => arrived.length === 1)
    socket.destroy()
    await eventually(() => errors.length === 1)
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(200)
    expect(errors).toHaveLength(1)
  })

  it('responds 500 if another handler rejects', async () => {
    const { url } = await listen(toNodeListener(() => Promise.reject(new Error('not ours'))))
    expect((await fetch(url)).status).toBe(500)
  })

  it('leaves a response alone that was already sent', async () => {
    const listener = toNodeListener(webhook)
    const { url } = await listen((request, response) => {
      response.writeHead(503).end()
      listener(request, response)
    })
    expect((await post(url, ADVOCATE_REWARD)).status).toBe(503)
    await eventually(() => errors.length + rewards.length > 0)
    expect((await fetch(url)).status).toBe(503)
  })
})

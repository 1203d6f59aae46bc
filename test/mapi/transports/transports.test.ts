import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createRequestClient } from '@segment/actions-core'
import { hostTransport } from '../../../src/cloud/host-transport'
import { callMapi } from '../../../src/mapi/call'
import { gotTransport } from '../../../src/mapi/transports/got'
import type { Transport } from '../../../src/mapi/transports/transport'
import { undiciTransport } from '../../../src/mapi/transports/undici'
import { aPurchase, newAccount, rejectionOf } from '../../support/sandboxed'

/** Deadline that a response never meets, in milliseconds. */
const DEADLINE_MS = 300

/** Deadline that the host sets: it does not notice an upgrade, and waits. In milliseconds. */
const HOST_DEADLINE_MS = 2000

/** Transports with their own deadline. A host sets its own. */
const own: [string, (timeoutMs?: number) => Transport][] = [
  ['got', (timeoutMs) => gotTransport({ timeoutMs })],
  ['undici', (timeoutMs) => undiciTransport({ timeoutMs })]
]

const transports: [string, () => Transport][] = [
  ["the host's request", () => hostTransport(createRequestClient({ timeout: HOST_DEADLINE_MS }))],
  ...own.map(([name, newTransport]): [string, () => Transport] => [name, () => newTransport()])
]

const MIB = 1024 * 1024

const CREATED = '{"eventId":"e-1"}'

/** An HTTP/1.1 response. */
const toMessage = (status: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  Buffer.concat([
    Buffer.from(
      [
        `HTTP/1.1 ${status}`,
        ...Object.entries({
          'content-type': 'application/json',
          'content-length': String(body.length),
          ...headers
        }).map(([name, value]) => `${name}: ${value}`),
        '\r\n'
      ].join('\r\n')
    ),
    Buffer.from(body)
  ])

const AUTHORIZED = toMessage(
  '200 OK',
  JSON.stringify({ token: 'token-of-a-server', expires: new Date(Date.now() + 3_600_000).toISOString() })
)

/** A server on raw sockets: authorizes, and answers each other request as told. */
const startServer = async (answer: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      const [head = '', body] = received.split('\r\n\r\n', 2)
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
      if (body === undefined || body.length < length) return
      received = ''
      requests.push(head.split('\r\n', 1)[0] ?? '')
      if (head.includes('/v1/authorization')) socket.write(AUTHORIZED)
      else answer(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}

let server: Awaited<ReturnType<typeof startServer>> | undefined

afterEach(() => {
  server?.close()
})

const callThat = async (newTransport: () => Transport, answer: (socket: Socket) => void) => {
  server = await startServer(answer)
  return callMapi(newAccount(server), newTransport(), aPurchase('o-1'))
}

describe.each(transports)('A response over %s', (_name, newTransport) => {
  it.each([
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['two of them', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nx-a: b\r\n\r\n'],
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n']
  ])('may follow %s', async (_what, interim) => {
    const call = callThat(newTransport, (socket) => {
      socket.write(Buffer.concat([Buffer.from(interim), toMessage('201 Created', CREATED)]))
    })
    expect(await call).toMatchObject({ status: 201, body: { eventId: 'e-1' } })
  })

  it('may follow a 100 Continue in any pieces', async () => {
    const bytes = Buffer.concat([
      Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'),
      toMessage('201 Created', CREATED)
    ])
    const call = callThat(newTransport, (socket) => {
      socket.setNoDelay(true)
      const writeFrom = (at: number) => {
        if (at >= bytes.length) return
        socket.write(bytes.subarray(at, at + 7))
        setImmediate(writeFrom, at + 7)
      }
      writeFrom(0)
    })
    expect(await call).toMatchObject({ status: 201, body: { eventId: 'e-1' } })
  })

  it.each<[string, Buffer]>([
    ['with an HTML content type', toMessage('200 OK', 'welcome', { 'content-type': 'text/html' })],
    ['that begins like HTML', toMessage('200 OK', ' <!doctype html>')],
    [
      'that is gzipped HTML, which nobody asked for',
      toMessage('200 OK', gzipSync('<html></html>'), { 'content-encoding': 'gzip' })
    ]
  ])("is a proxy's page %s", async (_what, page) => {
    const error = await rejectionOf(callThat(newTransport, (socket) => void socket.write(page)))
    expect(error).toMatchObject({
      status: 502,
      message:
        'Friendbuy MAPI answered 200 to POST /v1/event/purchase with an HTML page: is a proxy in between?'
    })
  })

  it('is given up when it is larger than 1 MiB', async () => {
    let sent = 0
    const call = callThat(newTransport, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 104857600\r\n\r\n')
      const write = () => {
        while (!socket.destroyed && sent < 100 * MIB) {
          sent += 64 * 1024
          if (!socket.write(Buffer.alloc(64 * 1024, ' '))) return void socket.once('drain', write)
        }
      }
      write()
    })
    await rejectionOf(call)
    expect(sent).toBeLessThan(50 * MIB)
  })

  it('that repeats the token is given without it', async () => {
    const call = callThat(newTransport, (socket) => {
      socket.write(
        toMessage('201 Created', JSON.stringify({ eventId: 'e-1', echo: ['Bearer token-of-a-server'] }))
      )
    })
    expect((await call).body).toEqual({ eventId: 'e-1', echo: ['Bearer [redacted]'] })
  })

  it('that switches protocols fails the call', async () => {
    const call = callThat(newTransport, (socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    })
    expect(await rejectionOf(call)).toBeInstanceOf(Error)
  })
})

describe.each(own)('The deadline over %s', (_name, newTransport) => {
  it.each<[string, (socket: Socket) => void]>([
    ['never begins', () => undefined],
    [
      'trickles in',
      (socket) => {
        socket.write('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n')
        const timer = setInterval(() => socket.write(' '), 20)
        socket.once('close', () => {
          clearInterval(timer)
        })
      }
    ]
  ])('ends a response that %s', async (_what, answer) => {
    const error = await rejectionOf(callThat(() => newTransport(DEADLINE_MS), answer))
    expect(error).toMatchObject({ status: 408, code: 'ETIMEDOUT', phase: 'call', outcome: 'unknown' })
  })
})

it('A request that waits for a connection until its deadline is not sent by undici', async () => {
  server = await startServer(() => undefined)
  const account = newAccount(server)
  const transport = undiciTransport({ timeoutMs: DEADLINE_MS, connections: 1 })
  const [first, second] = await Promise.all([
    rejectionOf(callMapi(account, transport, aPurchase('o-1'))),
    rejectionOf(callMapi(account, transport, aPurchase('o-2')))
  ])
  expect([first.outcome, second.outcome].sort()).toEqual(['not sent', 'unknown'])
  expect(server.requests).toEqual(['POST /v1/authorization HTTP/1.1', 'POST /v1/event/purchase HTTP/1.1'])
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import { toMessage } from '../messages'
import type { FriendbuyWorker } from './worker'

/**
 * Answers who asks how a worker is: `/healthz` (200 while the process lives), `/readyz` (200 where it takes events, else
 * 503) and `/metrics` (Prometheus' text format).
 *
 * @returns the port that it listens on, and what ends it
 * @throws what listening throws, such as an error with the code EADDRINUSE
 */
export const serveHealth = async (
  worker: FriendbuyWorker,
  { port, host }: { port: number; host: string }
): Promise<{ port: number; close: () => void }> => {
  const answer = async (path: string): Promise<{ status: number; text: string; contentType?: string }> => {
    if (path === '/healthz') return { status: 200, text: 'ok\n' }
    if (path === '/readyz') {
      return worker.isReady() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'not ready\n' }
    }
    if (path !== '/metrics') return { status: 404, text: 'There is /healthz, /readyz and /metrics.\n' }
    return { status: 200, ...(await worker.metrics()) }
  }
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    void answer(path)
      .catch((error: unknown) => ({ status: 503, text: `${toMessage(error)}\n`, contentType: undefined }))
      .then(({ status, text, contentType = 'text/plain' }) => {
        response.writeHead(status, { 'content-type': contentType }).end(text)
      })
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}

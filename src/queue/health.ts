import { once } from 'node:events'
import { createServer } from 'node:http'
import { toMessage } from '../messages'
import type { FriendbuyWorker } from './worker'

/** Address of a health server. */
export interface HealthOptions {
  /** Port to listen on; 0 picks a free one. */
  port: number
  /** Address to listen on. */
  host: string
}

/**
 * Serves a worker's health: `/healthz` (200 while the process lives), `/readyz` (200 while the worker accepts events,
 * else 503) and `/metrics` (Prometheus' text format).
 *
 * @returns the port, and a function that closes the server
 * @throws Error of the server, such as one with the code EADDRINUSE
 * @example
 * const worker = await createWorker({ resolveMerchant, metrics: true })
 * const { port, close } = await serveHealth(worker, { port: 9090, host: '127.0.0.1' })
 */
export const serveHealth = async (
  worker: FriendbuyWorker,
  { port, host }: HealthOptions
): Promise<{ port: number; close: () => void }> => {
  const respond = async (path: string): Promise<{ status: number; text: string; contentType?: string }> => {
    if (path === '/healthz') return { status: 200, text: 'ok\n' }
    if (path === '/readyz') {
      return worker.isReady() ? { status: 200, text: 'ready\n' } : { status: 503, text: 'not ready\n' }
    }
    if (path !== '/metrics') return { status: 404, text: 'Not found: use /healthz, /readyz or /metrics.\n' }
    return { status: 200, ...(await worker.metrics()) }
  }
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    void respond(path)
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

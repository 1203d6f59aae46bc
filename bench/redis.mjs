import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Redis } from 'ioredis'

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * Runs a redis-server that loses nothing, for as long as some work takes.
 *
 * @param work receives its URL, and a connection to it
 */
export const withRedis = async (folder, work) => {
  const port = await freePort()
  const settings = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', '']
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, ...settings]
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const redis = new Redis(port, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  redis.on('error', () => undefined)
  try {
    await Promise.race([
      redis.ping(),
      once(server, 'error').then(([error]) => {
        throw new Error('redis-server is missing: install the Debian package redis-server.', { cause: error })
      })
    ])
    return await work(`redis://127.0.0.1:${port}`, redis)
  } finally {
    redis.disconnect()
    server.kill('SIGKILL')
  }
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { eventually } from './eventually'

/** A PostgreSQL server of one test file. */
export interface TestPostgres {
  url: string
  /** Stops the server and removes its files. */
  remove: () => Promise<void>
}

/** Starts a PostgreSQL server on a free port, in its own folder and as an unprivileged user. */
export const startPostgres = async (): Promise<TestPostgres> => {
  const programs = await findPrograms()
  const folder = await mkdtemp(join(tmpdir(), 'friendbuy-postgres-'))
  const user = unprivilegedUser()
  if (user) await chown(folder, user.uid, user.gid)
  const port = await findFreePort()
  const url = `postgres://shop@127.0.0.1:${port}/postgres`
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, stdio: 'ignore' } as const
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'shop', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    options
  )
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F'],
    options
  )
  await waitForReady(url, server)
  return {
    url,
    remove: async () => {
      if (server.exitCode === null && server.signalCode === null) {
        const closed = once(server, 'close')
        // An immediate shutdown, which waits for no client.
        server.kill('SIGQUIT')
        await closed
      }
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const waitForReady = (url: string, server: ChildProcess) =>
  eventually(async () => {
    if (server.exitCode !== null) throw new Error(`postgres exited with ${server.exitCode}`)
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return true
    } catch {
      return false
    } finally {
      await client.end().catch(() => undefined)
    }
  })

/** Finds the newest server that Debian installed. Its programs are on no PATH. */
const findPrograms = async () => {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  const [newest] = versions.sort((a, b) => Number(b) - Number(a))
  if (newest === undefined) {
    throw new Error('This test needs PostgreSQL: install the Debian package postgresql.')
  }
  return join(root, newest, 'bin')
}

/** Finds the user that Debian's package made. PostgreSQL refuses to run as root. */
const unprivilegedUser = () => {
  if (process.getuid?.() !== 0) return undefined
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

const findFreePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

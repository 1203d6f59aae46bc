import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.mjs'

const HERE = import.meta.dirname

/** The first message of a process. */
export const toMessage = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('error', reject)
    child.once('disconnect', () =>
      reject(new Error(`It ended without a result: ${child.spawnargs.join(' ')}`))
    )
  })

/**
 * Does some work while the MAPI of the bench runs, in a process of its own.
 *
 * @param work is given a folder of this run, and how a process is started that reaches this MAPI in Friendbuy's place
 */
export const withMapi = async (work) => {
  const folder = await mkdtemp(join(tmpdir(), 'actions-friendbuy-cloud-bench-'))
  let server
  try {
    const { key, certificate } = await makeCertificate(folder)
    server = fork(join(HERE, 'server.js'), {
      env: { ...process.env, BENCH_KEY: key, BENCH_CERTIFICATE: certificate }
    })
    const port = await toMessage(server)
    const execArgv = ['--require', join(HERE, 'to-local-mapi.js')]
    return await work({
      folder,
      execArgv,
      env: { ...process.env, BENCH_PORT: port, NODE_EXTRA_CA_CERTS: certificate }
    })
  } finally {
    if (server?.connected) server.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}

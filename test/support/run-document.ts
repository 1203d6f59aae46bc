import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../../src/sandbox'
import { type Block, findMissing } from './document'
import { startRedis } from './redis'

const ROOT = join(__dirname, '../..')
const MAIN = join(ROOT, 'dist/cli/main.js')
const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: { start: string }
}
const PRELOAD = join(__dirname, 'to-sandbox.js')

/** Commands that run until they are stopped. */
const LASTING = /^\S* ?actions-friendbuy-cloud (worker|sandbox)\b/

/** Commands with a MAPI of their own or of Friendbuy's, which tests replace. */
const NPX = `#!/bin/bash
tool=$1 command=$2
shift
if [ "$tool" = jest ]; then exec "$NODE" --require ${PRELOAD} ${join(ROOT, 'node_modules/jest/bin/jest.js')} --rootDir . --config '{"transform":{}}' "$@"; fi
if [ "$tool" = esbuild ]; then exec ${join(ROOT, 'node_modules/.bin/esbuild')} "$@"; fi
[ "$tool" = actions-friendbuy-cloud ] || { echo "npx $tool is not available to documents" >&2; exit 127; }
case "$command $*" in
  *--mapi-url*|*--sandbox*|*--help*) ;;
  send*|verify*|forget*|worker*|links*|report*|ledger*) set -- "$@" --mapi-url "$DOCUMENT_MAPI" ;;
  sandbox*) [[ "$*" = *--port* ]] || set -- "$@" --port "$DOCUMENT_PORT" ;;
esac
exec "$NODE" ${MAIN} "$@"
`

const NODE = `#!/bin/bash
[ "$1" = dist/cli/main.js ] && { shift; exec "$NODE" ${MAIN} "$@"; }
exec "$NODE" --require ${PRELOAD} "$@"
`

/** `npm ci` is CI's. */
const NPM = `#!/bin/bash
case "$1" in
  ci) ;;
  start) ${packageJson.scripts.start} ;;
  *) echo "npm $1 is not available to documents" >&2; exit 127 ;;
esac
`

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

const PACKAGES = ['@segment', 'nock', 'jest', 'bullmq', 'ioredis', 'pino', 'prom-client']

/** Folder in which a reader of the documents works: the packages, the examples, and a folder of programs. */
const createFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'friendbuy-document-'))
  mkdirSync(join(folder, 'bin'))
  for (const [name, script] of [
    ['npx', NPX],
    ['node', NODE],
    ['npm', NPM]
  ] as const) {
    writeFileSync(join(folder, 'bin', name), script)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  mkdirSync(join(folder, 'node_modules'))
  for (const name of PACKAGES) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
  symlinkSync(ROOT, join(folder, 'node_modules/actions-friendbuy-cloud'))
  symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'))
  return folder
}

const write = (folder: string, name: string, content: string) => {
  writeFileSync(join(folder, name), content)
  // Files of credentials must be.
  if (name.endsWith('.json')) chmodSync(join(folder, name), 0o600)
}

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs the blocks of a document in order, in one folder, against a sandbox and, if it speaks of a queue, its own Redis.
 *
 * @returns a line for each block that does not do what the document says
 */
export const runDocument = async (blocks: readonly Block[]): Promise<string[]> => {
  const folder = createFolder()
  const sandbox = await startSandbox()
  const redis = blocks.some(({ code }) => /\b(enqueue|queue|worker|REDIS_URL)\b/.test(code))
    ? await startRedis()
    : undefined
  const ports = { 8787: await freePort(), 9090: await freePort() }
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    NODE: process.execPath,
    DOCUMENT_MAPI: sandbox.url,
    DOCUMENT_PORT: ports[8787],
    MAPI_URL: sandbox.url,
    FRIENDBUY_SECRET_KEY: 'a-secret-key',
    ...(redis && { REDIS_URL: redis.url })
  }
  const exports: string[] = []
  const lasting: { child: ChildProcess; output: () => string }[] = []
  const issues: string[] = []

  const start = (script: string) => {
    const child = spawn('bash', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
    return {
      child,
      output: () => stdout + stderr,
      run: (): Run => ({ code: child.exitCode, stdout, stderr })
    }
  }
  const run = async (script: string) => {
    const { child, run: result } = start([...exports, script].join('\n'))
    await once(child, 'close')
    return result()
  }
  const startLasting = async (command: string) => {
    const { child, output } = start([...exports, `exec ${command}`].join('\n'))
    lasting.push({ child, output })
    while (output() === '' && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  const runShell = async (code: string): Promise<Run> => {
    const text = code.replaceAll('8787', ports[8787]).replaceAll('9090', ports[9090])
    let all: Run = { code: 0, stdout: '', stderr: '' }
    for (const command of text.replaceAll('\\\n', ' ').split('\n')) {
      if (command === '' || command.startsWith('#')) continue
      if (command.startsWith('export ')) exports.push(command)
      else if (LASTING.test(command)) await startLasting(command)
      else {
        const one = await run(command)
        all = { code: one.code, stdout: all.stdout + one.stdout, stderr: all.stderr + one.stderr }
        if (one.code !== 0) break
      }
    }
    return all
  }

  const isRunByCommand = (name: string) =>
    blocks.some(({ language, code }) => language === 'sh' && code.includes(name))

  let last: Run | undefined
  for (const [index, block] of blocks.entries()) {
    const place = `${block.document}:${block.line}`
    for (const { name, content, from } of block.files) {
      if (from === undefined) write(folder, name, `${content}\n`)
      else copyFileSync(join(ROOT, from), join(folder, name))
    }
    if (block.writtenAs !== undefined) write(folder, block.writtenAs, block.code)
    if (block.notRun !== undefined) continue
    const script =
      block.language === 'sh'
        ? block.code
        : block.language === 'js' && block.writtenAs !== undefined && !isRunByCommand(block.writtenAs)
          ? `${block.writtenAs.includes('.test.') ? 'npx jest' : 'node'} ${block.writtenAs}`
          : undefined
    if (script !== undefined) {
      last = await runShell(script)
      const shown = blocks[index + 1]?.code ?? ''
      const end = Date.now() + 20_000
      while (block.isEventual && findMissing(shown, last.stdout).length > 0 && Date.now() < end) {
        last = await runShell(script)
      }
      if (last.code !== block.exit)
        issues.push(`${place}: exit code ${last.code} instead of ${block.exit}\n${last.stdout}${last.stderr}`)
    } else if (block.language === '') {
      const output = `${last?.stdout}${last?.stderr}`
      const missing = findMissing(block.code, output)
      if (missing.length > 0) issues.push(`${place}: other output: ${missing.join('\n')}\n---\n${output}`)
    } else if (block.writtenAs === undefined) {
      issues.push(`${place}: nothing runs this block of ${block.language}`)
    }
  }
  for (const { child, output } of lasting) {
    const closed = child.exitCode === null ? once(child, 'close') : undefined
    child.kill('SIGTERM')
    await closed
    if (child.exitCode !== 0 && child.exitCode !== 130) issues.push(`a lasting command ended: ${output()}`)
  }
  await redis?.remove()
  await sandbox.close()
  rmSync(folder, { recursive: true })
  return issues
}

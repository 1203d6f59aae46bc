import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { noteOutput } from './credentials'

const MAIN = join(__dirname, '../../dist/cli/main.js')

/** Starts the built command line. Its environment holds nothing of this process's but the PATH. */
export const startCli = (args: string[], env: Record<string, string> = {}): ChildProcess => {
  if (!existsSync(MAIN)) throw new Error('There is no built command line: run "npm run build" first.')
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } })
  // What a process list shows.
  noteOutput(child.spawnargs.join(' '))
  for (const stream of [child.stdout, child.stderr]) {
    let output = ''
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('close', () => noteOutput(output))
  }
  return child
}

/** Runs the built command line to its end. */
export const runCli = async (
  args: string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {}
): Promise<{ code: number | null; stdout: string; stderr: string }> => {
  const child = startCli(args, env)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (text: string) => (stdout += text))
  child.stderr?.on('data', (text: string) => (stderr += text))
  child.stdin?.on('error', () => undefined).end(input)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout, stderr }
}

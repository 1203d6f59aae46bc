import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What a program left behind: its exit code and what it wrote. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** What `execFile` rejects with where a program ran and failed. */
type ProgramFailure = Error & Outcome

/** No program runs longer, such as an install without a network. */
const TIMEOUT_MS = 300_000

/** Runs a program to its end, whatever its exit code. Rejects where it cannot be run, or does not come to its end. */
export const run = async (program: string, args: readonly string[], cwd: string): Promise<Outcome> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, {
      cwd,
      env: environment(),
      timeout: TIMEOUT_MS
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    if (!isProgramFailure(error)) throw error
    const { code, stdout, stderr } = error
    return { code, stdout, stderr }
  }
}

/** Runs a program that has to succeed; rejects with all that it wrote where it does not. */
export const runOrThrow = async (program: string, args: readonly string[], cwd: string): Promise<string> => {
  const { code, stdout, stderr } = await run(program, args, cwd)
  if (code === 0) return stdout
  throw new Error([`${[program, ...args].join(' ')} exited ${code}.`, stdout, stderr].join('\n'))
}

/** This process's environment, without what changes the words or the colours of a program's output. */
const environment = (): NodeJS.ProcessEnv => {
  const { FORCE_COLOR: _color, NODE_NO_WARNINGS: _silenced, NODE_OPTIONS: _options, ...rest } = process.env
  return rest
}

// Not instanceof: jest's Error is another one than that of Node's own modules.
const isProgramFailure = (error: unknown): error is ProgramFailure =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'

/*
 * Runs what goes before the tests: lint, formatting, types and the build. Linting takes as long as all the rest, so it runs
 * beside it. Exits with 1 if a step fails.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Scripts of package.json by lane. Those of a lane run one after the other. */
const LANES = [['lint:code'], ['lint:format', 'typecheck', 'build']]

/** Runs a script, and shows its output once it is complete: that of two scripts would mix. */
const run = async (script) => {
  const child = spawn('npm', ['run', script], { shell: process.platform === 'win32' })
  const output = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => output.push(bytes))
  const [code] = await once(child, 'close')
  process.stdout.write(Buffer.concat(output))
  if (code !== 0) process.exitCode = 1
  return code === 0
}

const runAll = async ([script, ...others]) => {
  if (script !== undefined && (await run(script))) await runAll(others)
}

await Promise.all(LANES.map(runAll))

/* eslint-disable no-console -- the console itself is watched */
/** Runs before each test file: whatever its tests or what they test write anywhere must hold no credential. */
import { inspect } from 'node:util'
import { noteOutput, takeShownCredentials } from './credentials'

const METHODS = ['debug', 'error', 'info', 'log', 'warn'] as const

for (const method of METHODS) {
  const write = console[method].bind(console)
  console[method] = (...args: unknown[]) => {
    noteOutput(args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, { depth: 10 }))).join(' '))
    write(...args)
  }
}

for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
  stream.write = (...args: unknown[]) => {
    noteOutput(String(args[0]))
    return write(...args)
  }
}

afterEach(() => {
  expect(takeShownCredentials()).toEqual([])
})

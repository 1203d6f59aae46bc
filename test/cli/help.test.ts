import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { formatHelp } from '../../src/cli/help'

const ROOT = join(__dirname, '../..')

const NOTES = `
These are notes that are set at any width, and wrapped at that of the terminal, so that no
line is left with a single word.
Exit code: 0 success, 1 failure.

Examples:
  $ x examples/events.ndjson --and --a --rather --long --list --of --options --that --is --not --wrapped
`

const NOTES_AT_50 = `
These are notes that are set at any width, and
wrapped at that of the terminal, so that no line
is left with a single word.
Exit code: 0 success, 1 failure.
`

describe('formatHelp', () => {
  it('wraps the notes, but no examples', () => {
    const [notes = '', example = ''] = formatHelp(NOTES, 50, ROOT).split('\nExamples:\n')
    expect(notes).toBe(NOTES_AT_50)
    expect(example.split('\n')).toHaveLength(2)
  })

  it('names example files where they are', () => {
    expect(formatHelp(NOTES, 80, ROOT)).toContain('$ x examples/events.ndjson')
    expect(formatHelp(NOTES, 80, join(ROOT, '..'))).toMatch(/\$ x [^/ ]+\/examples\/events\.ndjson/)
    expect(formatHelp(NOTES, 80, join(ROOT, 'src'))).toContain(`$ x ${ROOT}/examples/events.ndjson`)
  })

  it('leaves any other part as it is', () => {
    const options = `Usage: x [options]\n\nOptions:\n  -h, --help  ${'display '.repeat(20)}\n`
    expect(formatHelp(options, undefined, ROOT)).toBe(options)
  })
})

describe('The help of every command', () => {
  const cli = (...args: string[]) =>
    execFileSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { cwd: ROOT, encoding: 'utf8' })

  it('fits 80 columns, but for examples', () => {
    const names = [...cli('--help').matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(10)
    for (const name of names.filter((command) => command !== 'help')) {
      const long = cli(name, '--help')
        .split('\n')
        .filter((line) => line.length > 80 && !line.startsWith('  $ '))
      expect([name, long]).toEqual([name, []])
    }
  })

  it('is not needed for the version', () => {
    expect(cli('version')).toBe(cli('--version'))
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Command, type Option } from 'commander'
import { EXIT } from '../../../src/cli/output'
import { runCli } from '../../support/run-cli'
import { code, GENERATED, toTable } from './table'

const FOLDER = join(__dirname, '../../../src/cli/commands')

const registrations = readdirSync(FOLDER).flatMap((name) =>
  Object.entries(jest.requireActual<Record<string, unknown>>(join(FOLDER, name))).flatMap(
    ([key, register]) => (key.startsWith('register') ? [register as (program: Command) => void] : [])
  )
)

const describe = ({ description, argChoices, defaultValue, defaultValueDescription }: Option) => {
  const choices = argChoices ? ` One of ${argChoices.map(code).join(', ')}.` : ''
  const given =
    defaultValue === undefined || defaultValue === false
      ? ''
      : ` Default: ${defaultValueDescription ?? code(String(defaultValue))}.`
  return `${description}${choices || given ? '.' : ''}${choices}${given}`.replace('..', '.')
}

/** Text that a command's help has after its options: notes and an example. */
const notesOf = (command: Command) => {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const [, notes = ''] = text.split(/^ {2}-h, --help .*\n/m)
  const [prose = '', example] = notes.split(/^Examples?:\n/m)
  return [
    ...prose
      .trim()
      .split(/\n(?=Exit code)/)
      .filter(Boolean)
      .map((part) => part.replace(/\n/g, ' ')),
    ...(example === undefined ? [] : [['```sh', example.trim().replace(/^ *\$ /gm, ''), '```'].join('\n')])
  ]
}

const sectionsOf = (command: Command, parent = ''): string[] => {
  const name = `${parent}${command.name()}`
  const subcommands = command.commands.filter((sub) => sub.name() !== 'help')
  const options = command.options.map((option) => [code(option.flags), describe(option)])
  const args = command.registeredArguments.map((argument) => [
    code(argument.required ? `<${argument.name()}${argument.variadic ? '…' : ''}>` : `[${argument.name()}]`),
    argument.description
  ])
  return [
    `${parent === '' ? '##' : '###'} ${name}`,
    command.description(),
    ...(args.length + options.length > 0
      ? [toTable(['argument or option', 'meaning'], [...args, ...options])]
      : []),
    ...(subcommands.length > 0 ? [] : notesOf(command)),
    ...subcommands.flatMap((sub) => sectionsOf(sub, `${name} `))
  ]
}

/** docs/reference/command-line.md */
export const toCommandLineReference = async (): Promise<string> => {
  const program = new Command('actions-friendbuy-cloud')
  for (const register of registrations) register(program)
  const { stdout } = await runCli(['--help'])
  const [, listed = ''] = stdout.split('Commands:\n')
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help')
  const commands = names.map((name) => {
    const command = program.commands.find((candidate) => candidate.name() === name)
    if (!command) throw new Error(`No file of src/cli/commands registers "${name}".`)
    return command
  })
  return [
    '# Command line',
    GENERATED,
    '`actions-friendbuy-cloud <command>`; run it with `npx` in a project that has the package. Commands take credentials from the environment or a file, never from arguments: other users of the machine can see those.',
    toTable(
      ['exit code', 'meaning'],
      Object.entries({
        [EXIT.delivered]: 'success',
        [EXIT.failed]: 'some events failed',
        [EXIT.usage]: 'invalid usage or unreadable input',
        [EXIT.interrupted]: 'interrupted'
      })
    ),
    ...commands.flatMap((command) => sectionsOf(command))
  ].join('\n\n')
}

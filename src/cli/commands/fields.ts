import { Argument, type Command, Option } from 'commander'
import Table from 'cli-table3'
import { type ActionKey, actions } from '../../cloud/actions'
import type { Field, Fields } from '../../fields/payload'
import { isRecord } from '../../values'
import { colors, EXIT, outputWidth, print, wrap } from '../output'

/** Options of `fields`, as commander parses them. */
export interface FieldsCommandOptions {
  json?: boolean
  markdown?: boolean
}

/** A field in the output. */
interface FieldDescription {
  key: string
  label: string
  /** Type of the value, such as `string`, or `string[]` for multiple values. */
  type: string
  required: boolean
  /** Paths of the default mapping. The first one that the event has is used. */
  defaults: string[]
  description: string
  /** Fields of each object in the value. */
  properties?: FieldDescription[]
}

/** Default width of the table, in characters. */
const WIDTH = 100

/** Minimum width of the descriptions, in characters. */
const LEAST_WIDTH = 24

/** Table style without lines: columns two characters apart. */
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  '
}

/** Adds `fields` to a program. */
export const registerFields = (program: Command): void => {
  program
    .command('fields')
    .description('List the actions and their fields for mappings.')
    .addArgument(new Argument('[action]', 'list only this action').choices(Object.keys(actions)))
    .addOption(new Option('--json', 'print a JSON array of actions').conflicts('markdown'))
    .option('--markdown', 'print Markdown tables')
    .addHelpText(
      'after',
      `
Example:
  $ actions-friendbuy-cloud fields trackPurchase`
    )
    .action((action: ActionKey | undefined, options: FieldsCommandOptions) => {
      process.exitCode = runFields(action, options)
    })
}

/**
 * Prints the fields of one action or of all.
 *
 * @returns the exit code
 */
export const runFields = (only: ActionKey | undefined, { json, markdown }: FieldsCommandOptions): number => {
  const keys = only === undefined ? (Object.keys(actions) as ActionKey[]) : [only]
  if (json) print(JSON.stringify(keys.map(toJson), undefined, 2))
  else if (markdown) print(['<!-- fields -->', ...keys.map(toMarkdown), '<!-- /fields -->'].join('\n\n'))
  else print(keys.map(toText).join('\n\n'))
  return EXIT.delivered
}

const toJson = (key: ActionKey) => {
  const { title, description, path, defaultSubscription, fields } = actions[key]
  return { key, title, description, path, defaultSubscription, fields: describeFields(fields) }
}

const describeFields = (fields: Fields): FieldDescription[] =>
  Object.entries(fields).map(([key, field]) => ({
    key,
    label: field.label,
    type: typeOf(field),
    required: Boolean(field.required),
    defaults: pathsOf(field.default),
    description: field.description,
    ...(field.properties && { properties: describeFields(field.properties) })
  }))

const typeOf = ({ type, multiple }: Field) => (multiple ? `${type}[]` : type)

/** Lists the paths of a directive in order of precedence. */
const pathsOf = (directive: unknown): string[] => {
  if (!isRecord(directive)) return []
  const { '@path': path, '@if': choice } = directive
  if (typeof path === 'string') return [path]
  return isRecord(choice) ? [...pathsOf(choice.then), ...pathsOf(choice.else)] : []
}

/** Lists fields, each followed by the fields of its objects, such as `products[].sku`. */
const flatten = (fields: readonly FieldDescription[], prefix = ''): FieldDescription[] =>
  fields.flatMap((field) => {
    const key = prefix + field.key
    return [
      { ...field, key },
      ...flatten(field.properties ?? [], `${key}${field.type.endsWith('[]') ? '[]' : ''}.`)
    ]
  })

const toText = (key: ActionKey): string => {
  const { title, description, path, defaultSubscription, fields } = actions[key]
  const rows = flatten(describeFields(fields))
  const widths = [widest(rows.map((row) => row.key)), widest(['required', ...rows.map(({ type }) => type)])]
  const rest = (process.stdout.columns || WIDTH) - widths.reduce((sum, width) => sum + width + 2, 0)
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: [...widths, Math.max(LEAST_WIDTH, rest)],
    wordWrap: true
  })
  for (const { key: field, label, type, required, defaults, description: meaning } of rows) {
    table.push([
      colors.bold(field),
      required ? `${type}\n${colors.yellow('required')}` : type,
      [colors.bold(label), meaning, ...(defaults.length > 0 ? [colors.dim(joinPaths(defaults))] : [])].join(
        '\n'
      )
    ])
  }
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
  return [
    ...wrap(`${colors.bold(title)} (${key}): ${description}`, outputWidth()),
    ...wrap(`for ${defaultSubscription}, to ${path}`, outputWidth()),
    '',
    ...lines
  ].join('\n')
}

/** Formats paths as `$.properties.total, else $.properties.revenue`. */
const joinPaths = (paths: readonly string[]) => paths.join(', else ')

const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length))

/** Formats a heading and a table the way prettier does. */
const toMarkdown = (key: ActionKey): string => {
  const { title, description, path, defaultSubscription, fields } = actions[key]
  const rows = flatten(describeFields(fields)).map((field) => [
    code(field.key),
    field.label,
    code(field.type),
    field.required ? 'yes' : '',
    field.defaults.map(code).join(', else '),
    field.description
  ])
  const table = [['key', 'label', 'type', 'required', 'default', 'description'], ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|'))
  )
  const widths =
    table[0]?.map((_, column) => Math.max(3, widest(table.map((row) => row[column] ?? '')))) ?? []
  const [head = '', ...body] = table.map(
    (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  )
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [
    `### ${title} (${code(key)})`,
    '',
    `${description} For ${code(defaultSubscription)}, to ${code(path)}.`,
    '',
    head,
    rule,
    ...body
  ].join('\n')
}

const code = (text: string) => `\`${text}\``

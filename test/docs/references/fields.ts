import {
  actions,
  attributionFields,
  contextFields,
  customerFields,
  type Field,
  type Fields
} from '../../../src'
import { isRecord } from '../../../src/values'
import { code, GENERATED, toTable } from './table'

/** Paths of a default mapping, in order of precedence. */
const pathsOf = (directive: unknown): string[] => {
  if (!isRecord(directive)) return []
  const { '@path': path, '@if': choice } = directive
  if (typeof path === 'string') return [path]
  return isRecord(choice) ? [...pathsOf(choice.then), ...pathsOf(choice.else)] : []
}

const rowsOf = (key: string, field: Field): string[][] => {
  const type = field.multiple ? `${field.type}[]` : field.type
  const row = [
    code(key),
    `${code(type)}${field.required ? ', required' : ''}`,
    pathsOf(field.default).map(code).join(', else '),
    `**${field.label}.** ${field.description}`
  ]
  const nested = Object.entries(field.properties ?? {}).flatMap(([name, property]) =>
    rowsOf(`${key}${field.multiple ? '[]' : ''}.${name}`, property)
  )
  return [row, ...nested]
}

const toFieldTable = (fields: readonly [string, Field][]) =>
  toTable(
    ['field', 'type', 'default', 'description'],
    fields.flatMap(([key, field]) => rowsOf(key, field))
  )

interface Group {
  title: string
  fields: Fields
  /** Actions with these fields. */
  actions: (keyof typeof actions)[]
}

const GROUPS: Group[] = [
  { title: 'Customer', fields: customerFields, actions: ['trackPurchase', 'trackSignUp'] },
  { title: 'Attribution', fields: attributionFields, actions: ['trackPurchase', 'trackSignUp'] },
  { title: 'Context', fields: contextFields, actions: Object.keys(actions) as (keyof typeof actions)[] }
]

const isSame = (one: Field | undefined, other: Field | undefined) =>
  JSON.stringify(one) === JSON.stringify(other)

/** docs/reference/fields.md */
export const toFieldsReference = (): string => {
  const sections = Object.entries(actions).map(([key, action]) => {
    const { title, description, path, defaultSubscription, fields } = action
    const groups = GROUPS.filter((group) => group.actions.some((name) => name === key))
    const isShared = ([name, field]: [string, Field]) =>
      groups.some((group) => isSame(group.fields[name], field))
    const shared = groups.map(
      (group) => `[${group.title.toLowerCase()} fields](#${group.title.toLowerCase()}-fields)`
    )
    return [
      `## ${title}`,
      `${description} ${code(key)}, for ${code(defaultSubscription)} by default, to ${code(`POST ${path}`)}. Also: ${shared.join(', ')}.`,
      toFieldTable(Object.entries(fields).filter((entry) => !isShared(entry)))
    ]
  })
  const shared = GROUPS.map((group) => [
    `## ${group.title} fields`,
    `Of ${group.actions.map((key) => actions[key].title).join(', ')}. A field that an action lists itself replaces the one of the same name.`,
    toFieldTable(Object.entries(group.fields))
  ])
  return [
    '# Fields',
    GENERATED,
    'Fields of a mapping, by action. The default applies if a mapping does not set the field. [Map your events](../guides/map-your-events.md) shows how to change it, and `actions-friendbuy-cloud fields` prints the same on a terminal.',
    ...sections.flat(),
    ...shared.flat()
  ].join('\n\n')
}

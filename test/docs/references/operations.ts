import ts from 'typescript'
import { findNodes, parseSources, propertiesOf, textOf } from './source'
import { code, GENERATED, toTable } from './table'

/** Metrics of the code: each object with a `name` and a `help` that is given to a metric's constructor. */
export const findMetrics = () =>
  parseSources()
    .flatMap((source) => findNodes(source, ts.isNewExpression))
    .flatMap((created) => {
      const [options] = created.arguments ?? []
      if (options === undefined || !ts.isObjectLiteralExpression(options)) return []
      const properties = propertiesOf(options)
      const [name, help] = [textOf(properties.get('name')), textOf(properties.get('help'))]
      if (name === undefined || help === undefined) return []
      const labels = properties.get('labelNames')
      return [
        {
          name,
          help,
          type: created.expression.getText().toLowerCase(),
          labels: labels ? findNodes(labels, ts.isStringLiteral).map(({ text }) => text) : []
        }
      ]
    })

/** docs/reference/metrics.md */
export const toMetricsReference = (): string => {
  const rows = findMetrics().map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.map(code).join(', '),
    help
  ])
  return [
    '# Metrics',
    GENERATED,
    'A worker with `--port` serves these at `/metrics` in the text format of Prometheus, besides the default metrics of Node. [Operate](../guides/operate.md) says what to alert on.',
    toTable(['metric', 'type', 'labels', 'meaning'], rows)
  ].join('\n\n')
}

const LEVELS = ['debug', 'info', 'warn', 'error']

/** The object that an argument is, or that the variable of its name holds. */
const toLiteral = (argument: ts.Node, source: ts.SourceFile): ts.ObjectLiteralExpression | undefined => {
  if (ts.isObjectLiteralExpression(argument)) return argument
  if (!ts.isIdentifier(argument)) return undefined
  return findNodes(source, ts.isVariableDeclaration)
    .filter(({ name }) => name.getText() === argument.text)
    .flatMap(({ initializer }) =>
      initializer ? findNodes(initializer, ts.isObjectLiteralExpression) : []
    )[0]
}

interface LogLine {
  name: string
  level: string
  fields: string[]
  message: string | undefined
}

/** Log lines of the code, by their events. */
export const findLogLines = (): LogLine[] =>
  parseSources().flatMap((source) =>
    findNodes(source, ts.isCallExpression).flatMap((call) => {
      const [fields, message] = call.arguments
      if (fields === undefined || !ts.isPropertyAccessExpression(call.expression)) return []
      const level = call.expression.name.text
      const literal = toLiteral(fields, source)
      if (!LEVELS.includes(level) || literal === undefined) return []
      const properties = propertiesOf(literal)
      const name = textOf(properties.get('event'))
      if (name === undefined) return []
      return [
        {
          name,
          level,
          fields: [...properties.keys()].filter((key) => key !== 'event'),
          message: textOf(message)
        }
      ]
    })
  )

/** docs/reference/log-events.md */
export const toLogEventsReference = (): string => {
  const lines = findLogLines()
  const names = [...new Set(lines.map(({ name }) => name))].sort()
  const rows = names.map((name) => {
    const own = lines.filter((line) => line.name === name)
    const all = (values: (string | undefined)[]) => [
      ...new Set(values.filter((value) => value !== undefined))
    ]
    return [
      code(name),
      all(own.map(({ level }) => level)).join(', '),
      all(own.flatMap(({ fields }) => fields))
        .map(code)
        .join(', '),
      all(own.map(({ message }) => message)).join('; ') || '(varies)'
    ]
  })
  return [
    '# Log events',
    GENERATED,
    'A worker logs one JSON object per line, unless it writes text for a terminal (`worker --log-format`). `event` is a stable name; `msg` is for people and may change. `merchant` is the ID of the merchants file, `messageId` that of the event, `id` that of its job. No line holds a key, a secret or a token.',
    toTable(['event', 'level', 'fields', 'message'], rows)
  ].join('\n\n')
}

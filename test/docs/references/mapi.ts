import ts from 'typescript'
import { type OperationName, operationOf, operations } from '../../../src/mapi/contract/operations'
import { checker, documentationOf, exportsOf, resolve } from '../../support/declarations'

/** Types that the entry exports, by name. */
const exported = new Map(exportsOf('mapi').map((symbol) => [symbol.name, resolve(symbol)]))

const typeOf = (name: string) => checker.getDeclaredTypeOfSymbol(exported.get(name) as ts.Symbol)

const REPEATS = {
  always: 'yes',
  unlessSeen: 'unless MAPI may have seen it',
  never: '**no**, once MAPI may have acted',
  byInput: 'with a `deduplicationId`; otherwise unless MAPI may have seen it'
}

/** Text of a type, as a reader writes it. */
const textOf = (type: ts.Type): string =>
  checker
    .typeToString(
      type,
      undefined,
      ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
    )
    .replaceAll('string & {}', 'string')
    .replaceAll('(string)', 'string')
    .replaceAll('"', "'")

/** Names of a type that is documented here, as links. */
const linked = (text: string): string =>
  `\`${text}\``.replace(/`(\w+)(\[\])?`/, (whole, name: string, list = '') =>
    documented.has(name) ? `[\`${name}${list}\`](#${name.toLowerCase()})` : whole
  )

const documented = new Set<string>()

const note = (type: ts.Type): void => {
  const name = (type.aliasSymbol ?? type.getSymbol())?.name ?? ''
  if (exported.has(name) && !documented.has(name) && name !== 'Paged') {
    const declared = typeOf(name)
    if (checker.getPropertiesOfType(declared).length > 0 && !isText(declared)) documented.add(name)
  }
  for (const part of type.isUnion() && !documented.has(name) ? type.types : []) note(part)
  for (const part of checker.getTypeArguments(type as ts.TypeReference)) note(part)
  if (!documented.has(name)) return
  for (const property of propertiesOf(type)) note(property.type)
}

/** True for text, or something that text can stand for. */
const isText = (type: ts.Type): boolean =>
  type.isUnion()
    ? type.types.some((part) => isText(part))
    : type.isIntersection()
      ? type.types.some((part) => isText(part))
      : !(type.flags & ts.TypeFlags.Object)

const seen = new Map<ts.Type, { name: string; type: ts.Type; isOptional: boolean; text: string }[]>()

/** Properties of a type, those of a union's members together. */
const propertiesOf = (type: ts.Type) => {
  const known = seen.get(type)
  if (known) return known
  const members = type.isUnion() ? type.types : [type]
  const names = [
    ...new Set(members.flatMap((member) => checker.getPropertiesOfType(member).map(({ name }) => name)))
  ]
  const properties = names.flatMap((name) => {
    const found = members.flatMap((member) => checker.getPropertyOfType(member, name) ?? [])
    const [first] = found
    if (!first) return []
    const isOptional = ({ flags }: ts.Symbol) => Boolean(flags & ts.SymbolFlags.Optional)
    return {
      name,
      type: checker.getNonNullableType(checker.getTypeOfSymbol(found.find(isOptional) ?? first)),
      isOptional: found.length < members.length || found.some(isOptional),
      text: documentationOf(first)
    }
  })
  seen.set(type, properties)
  return properties
}

/** The methods of the client that are operations. */
const toRow = (name: OperationName) => {
  const { method, path, repeat, retryStatuses = [], paged, atLeastOne } = operationOf(name)
  const needs = atLeastOne ?? (paged === 'byDate' ? ['fromDate and toDate', 'pageToken'] : [])
  const condition = needs.length > 0 ? `, with ${needs.join(' or ')}` : ''
  const symbol = checker.getPropertyOfType(typeOf('MapiClient'), name) as ts.Symbol
  const [signature] = checker.getTypeOfSymbol(symbol).getCallSignatures()
  const [input] = signature?.parameters ?? []
  const inputType = input && checker.getTypeOfSymbol(input)
  const answer = signature?.getReturnType() as ts.Type
  const [result] = checker.getTypeArguments(answer as ts.TypeReference)
  if (inputType) note(inputType)
  if (result) note(result)
  const isPaged = answer.getSymbol()?.name === 'Paged'
  return {
    name,
    call: `\`${method} ${path}\``,
    text: documentationOf(symbol),
    takes: inputType ? () => `${linked(textOf(inputType))}${condition}` : () => 'nothing',
    gives: () => `${isPaged ? 'pages of ' : ''}${result ? linked(textOf(result)) : ''}`,
    repeat: `${REPEATS[typeof repeat === 'function' ? 'byInput' : repeat]}${retryStatuses.length > 0 ? `, and after ${retryStatuses.join(', ')}` : ''}`
  }
}

/** The reference of MAPI's operations, as Markdown. */
export const toMapiReference = (): string => {
  const rows = (Object.keys(operations) as OperationName[]).map(toRow)
  const lines = rows.map(
    ({ name, call, text, takes, gives, repeat }) =>
      `| [\`${name}\`](https://developers.friendbuy.com/#${name.toLowerCase()})<br>${call} | ${text} | ${takes()} | ${gives()} | ${repeat} |`
  )
  const types = [...documented].sort().map((name) => {
    const properties = propertiesOf(typeOf(name)).map(
      ({ name: property, type, isOptional, text }) =>
        `| \`${property}\`${isOptional ? '' : ' (required)'} | ${linked(textOf(type)).replaceAll('|', '\\|')} | ${text} |`
    )
    const text = documentationOf(exported.get(name) as ts.Symbol)
    return [
      `### ${name}`,
      text,
      ['| property | type | |', '| --- | --- | --- |', ...properties].join('\n')
    ].join('\n\n')
  })
  return [
    '# MAPI',
    '<!-- Generated from src/mapi/contract: "npm run docs:reference" rewrites it. -->',
    `The ${rows.length} operations of Friendbuy's Merchant API, as methods of \`createMapiClient\` in \`actions-friendbuy-cloud/mapi\`. An input that does not match its type is refused before any request. Answers hold what is listed, and whatever else MAPI gives.`,
    'All calls are retried after 429 and after an error before anything was sent. The last column says what else is retried.',
    '## Operations',
    [
      '| operation | | takes | gives | retried after a lost response or a 5xx |',
      '| --- | --- | --- | --- | --- |',
      ...lines
    ].join('\n'),
    '## Types',
    ...types
  ].join('\n\n')
}

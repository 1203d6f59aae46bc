import ts from 'typescript'
import { createProgram, documentationOf, isOwn, resolve } from '../../support/declarations'
import { code, GENERATED, toTable } from './table'

const ENTRIES = ['.', 'mapi', 'webhooks', 'sandbox', 'queue']

const { program, checker, files } = createProgram(ENTRIES)

const tagsOf = (symbol: ts.Symbol, tag: string) =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === tag)
    .map(({ text }) => ts.displayPartsToString(text).trim())

const typeOf = (symbol: ts.Symbol) => {
  const type = checker.getTypeOfSymbol(symbol)
  return checker
    .typeToString(
      type,
      undefined,
      ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
    )
    .replace(/import\("[^"]*"\)\./g, '')
}

/** Maximum length of a member's type, in characters. */
const MAX_LENGTH = 120

const shorten = (text: string) => (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text)

const describeMember = (member: ts.Symbol) => {
  const [given] = tagsOf(member, 'default')
  const text = documentationOf(member, checker)
  const optional = member.flags & ts.SymbolFlags.Optional ? '?' : ''
  return [
    code(`${member.name}${optional}`),
    code(shorten(typeOf(member))),
    given === undefined ? text : `${text} Default: ${given.replace(/\.$/, '')}.`
  ]
}

const isFunction = (symbol: ts.Symbol) =>
  Boolean(symbol.flags & ts.SymbolFlags.Value) &&
  checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0

/** A function or a class: its signature, documentation, errors and example. */
const toEntry = (symbol: ts.Symbol): string => {
  const signature = isFunction(symbol) ? `${symbol.name}${typeOf(symbol)}` : `class ${symbol.name}`
  const params = tagsOf(symbol, 'param').map((text) => text.replace(/^(\S+)\s+(?:- )?/, '`$1`: '))
  const throws = tagsOf(symbol, 'throws').map((text) => `Throws: ${text}`)
  return [
    `### ${symbol.name}`,
    code(signature),
    documentationOf(symbol, checker),
    ...(params.length + throws.length > 0
      ? [[...params, ...throws].map((line) => `- ${line.replace(/\s+/g, ' ')}`).join('\n')]
      : []),
    ...tagsOf(symbol, 'example').map((example) => ['```ts', example, '```'].join('\n'))
  ].join('\n\n')
}

const membersOf = (symbol: ts.Symbol) =>
  symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)
    ? checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter(isOwn)
    : []

/** A type of an entry: its documentation and members. */
const toType = (symbol: ts.Symbol): string => {
  const members = membersOf(symbol)
  return [
    `### ${symbol.name}`,
    documentationOf(symbol, checker),
    ...(members.length > 0 ? [toTable(['property', 'type', ''], members.map(describeMember))] : [])
  ].join('\n\n')
}

const toSection = (entry: string, file: string) => {
  const source = program.getSourceFile(file)
  const symbol = source && checker.getSymbolAtLocation(source)
  if (!symbol) throw new Error(`${file} exports nothing`)
  const exported = checker
    .getExportsOfModule(symbol)
    .filter(({ name }) => name !== 'default')
    .map((each) => resolve(each, checker))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const isEntry = (each: ts.Symbol) => isFunction(each) || Boolean(each.flags & ts.SymbolFlags.Class)
  const values = exported.filter((each) => !isEntry(each) && each.flags & ts.SymbolFlags.Variable)
  const types = exported.filter((each) => !isEntry(each) && !(each.flags & ts.SymbolFlags.Variable))
  return [
    `## actions-friendbuy-cloud${entry === '.' ? '' : `/${entry}`}`,
    ...exported.filter(isEntry).map(toEntry),
    ...(values.length > 0
      ? [
          toTable(
            ['value', ''],
            values.map((each) => [code(each.name), documentationOf(each, checker)])
          )
        ]
      : []),
    ...(entry === 'mapi'
      ? ['The operations and the types of their inputs and answers are in [MAPI](mapi.md).']
      : types.map(toType))
  ]
}

/** docs/reference/api.md */
export const toApiReference = (): string =>
  [
    '# Functions and types',
    GENERATED,
    'The public interface of each entry, as an editor shows it. Everything else is internal and may change without notice.',
    ...ENTRIES.flatMap((entry, index) => toSection(entry, files[index] ?? ''))
  ].join('\n\n')

import ts from 'typescript'
import { checker, documentationOf, ENTRIES, exportsOf, isOwn, resolve } from '../../support/declarations'
import { code, GENERATED, toTable } from './table'

const tagsOf = (symbol: ts.Symbol, tag: string) =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === tag)
    .map(({ text }) => ts.displayPartsToString(text).trim())

const print = (type: ts.Type, flags = ts.TypeFormatFlags.None) =>
  checker
    .typeToString(
      type,
      undefined,
      ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope | flags
    )
    .replace(/import\("[^"]*"\)\./g, '')

const typeOf = (symbol: ts.Symbol) => print(checker.getTypeOfSymbol(symbol))

const isOptional = (member: ts.Symbol) => Boolean(member.flags & ts.SymbolFlags.Optional)

/** Type of a member. The question mark of an optional one says that it may be undefined. */
const typeOfMember = (member: ts.Symbol) =>
  isOptional(member)
    ? typeOf(member)
        .replace(/ \| undefined$/, '')
        .replace(/^\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/, '$1')
    : typeOf(member)

const describeMember = (member: ts.Symbol) => {
  const [given] = tagsOf(member, 'default')
  const text = documentationOf(member)
  return [
    code(`${member.name}${isOptional(member) ? '?' : ''}`),
    code(typeOfMember(member)),
    given === undefined ? text : `${text} Default: ${given.replace(/\.$/, '')}.`
  ]
}

const isFunction = (symbol: ts.Symbol) =>
  Boolean(symbol.flags & ts.SymbolFlags.Value) &&
  checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0

/** Name of the class of this package that a class extends. */
const baseOf = (symbol: ts.Symbol) => {
  const [base] = checker.getBaseTypes(checker.getDeclaredTypeOfSymbol(symbol) as ts.InterfaceType)
  return base && isOwn(base.symbol) && base.isClass() ? base.symbol.name : undefined
}

/** Table of the members of a class or an interface, without those of the class that it extends. */
const toMembers = (symbol: ts.Symbol): string[] => {
  if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) return []
  if (baseOf(symbol) !== undefined) return []
  const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter(isOwn)
  return members.length > 0 ? [toTable(['property', 'type', ''], members.map(describeMember))] : []
}

/** A function or a class: its signature, documentation, errors and example. */
const toEntry = (symbol: ts.Symbol): string => {
  const isClass = !isFunction(symbol)
  const base = isClass ? baseOf(symbol) : undefined
  const signature = isClass
    ? `class ${symbol.name}${base === undefined ? '' : ` extends ${base}`}`
    : `${symbol.name}${typeOf(symbol).replace(/^{/, ': {')}`
  const params = tagsOf(symbol, 'param').map((text) => text.replace(/^(\S+)\s+(?:- )?/, '`$1`: '))
  const throws = tagsOf(symbol, 'throws').map((text) => `Throws: ${text}`)
  return [
    `### ${symbol.name}`,
    code(signature),
    documentationOf(symbol),
    ...toMembers(symbol),
    ...(params.length + throws.length > 0
      ? [[...params, ...throws].map((line) => `- ${line.replace(/\s+/g, ' ')}`).join('\n')]
      : []),
    ...tagsOf(symbol, 'example').map((example) => ['```ts', example, '```'].join('\n'))
  ].join('\n\n')
}

/** Maximum length of an alias that is written out, in characters. */
const MAX_LENGTH = 600

/** Definition of an alias: written out if that is readable, else as it is declared. */
const toDefinition = (symbol: ts.Symbol): string[] => {
  const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration)
  if (!alias) return []
  const type = print(checker.getDeclaredTypeOfSymbol(symbol), ts.TypeFormatFlags.InTypeAlias)
  const isReadable = alias.typeParameters === undefined && type.length <= MAX_LENGTH
  const text = isReadable ? `type ${symbol.name} = ${type}` : alias.getText().replace(/^export /, '')
  return [['```ts', text, '```'].join('\n')]
}

/** A type of an entry: its documentation, definition and members. */
const toType = (symbol: ts.Symbol): string =>
  [
    `### ${symbol.name}`,
    documentationOf(symbol).replace(/ (?=- `)/g, '\n'),
    ...toDefinition(symbol),
    ...toMembers(symbol)
  ].join('\n\n')

/** True for a type that docs/reference/mapi.md describes. */
const isOfContract = (symbol: ts.Symbol) =>
  symbol.declarations?.some((declaration) =>
    declaration.getSourceFile().fileName.includes('/src/mapi/contract/')
  ) ?? false

const toSection = (entry: string) => {
  const names = exportsOf(entry)
  const byDefault = names.find(({ name }) => name === 'default')
  const exported = names
    .map(resolve)
    // A default export may have a name too.
    .filter((each, index, all) => all.indexOf(each) === index)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const isEntry = (each: ts.Symbol) => isFunction(each) || Boolean(each.flags & ts.SymbolFlags.Class)
  const values = exported.filter((each) => !isEntry(each) && each.flags & ts.SymbolFlags.Variable)
  const types = exported.filter((each) => !isEntry(each) && !(each.flags & ts.SymbolFlags.Variable))
  return [
    `## actions-friendbuy-cloud${entry === '.' ? '' : `/${entry}`}`,
    ...(byDefault ? [`The default export is ${code(resolve(byDefault).name)}.`] : []),
    ...exported.filter(isEntry).map(toEntry),
    ...(values.length > 0
      ? [
          toTable(
            ['value', ''],
            values.map((each) => [code(each.name), documentationOf(each)])
          )
        ]
      : []),
    ...(entry === 'mapi'
      ? ['The operations and the types of their inputs and responses are in [MAPI](mapi.md).']
      : []),
    ...types.filter((each) => !isOfContract(each)).map(toType)
  ]
}

/** docs/reference/api.md */
export const toApiReference = (): string =>
  [
    '# Functions and types',
    GENERATED,
    'The public interface of each entry, as an editor shows it. Everything else is internal and may change without notice.',
    ...ENTRIES.flatMap(toSection)
  ].join('\n\n')

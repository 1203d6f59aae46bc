import ts from 'typescript'
import { checker, documentationOf, ENTRIES, exportsOf, isOwn, resolve, uses } from '../support/declarations'
import { toApiReference } from './references/api'
import { toMapiReference } from './references/mapi'
import { itIsWhatTheCodeSays } from './references/up-to-date'

describe('docs/reference', () => {
  itIsWhatTheCodeSays({ 'api.md': toApiReference, 'mapi.md': toMapiReference })
})

/** Symbols that an editor shows nothing for, by their path from an entry. */
const findUndocumented = (entry: string) => {
  const missing: string[] = []
  const seen = new Set<ts.Symbol>()

  const visit = (symbol: ts.Symbol, path: string) => {
    if (seen.has(symbol) || !isOwn(symbol)) return
    seen.add(symbol)
    if (documentationOf(symbol) === '') missing.push(path)
    const type = symbol.flags & ts.SymbolFlags.Type ? checker.getDeclaredTypeOfSymbol(symbol) : undefined
    for (const member of type ? checker.getPropertiesOfType(type) : []) {
      // Derived types have members of others, which are documented there.
      if (isOwn(member)) visit(member, `${path}.${member.name}`)
    }
  }

  for (const symbol of exportsOf(entry)) {
    if (symbol.name !== 'default') visit(resolve(symbol), symbol.name)
  }
  return missing
}

/** Tags of a symbol by name. */
const tagsOf = (symbol: ts.Symbol) =>
  new Map(symbol.getJsDocTags(checker).map(({ name, text }) => [name, ts.displayPartsToString(text)]))

const exportOf = (entry: string, name: string) => {
  const symbol = exportsOf(entry).find((candidate) => candidate.name === name)
  if (!symbol) throw new Error(`${entry} does not export ${name}`)
  return resolve(symbol)
}

/** Members of an exported interface. */
const membersOf = (entry: string, name: string) =>
  checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(exportOf(entry, name)))

describe('The documentation in an editor', () => {
  it.each(ENTRIES)('covers every symbol of %s', (entry) => {
    expect(findUndocumented(entry)).toEqual([])
  })

  it('has an example and, for an operation, a link for each method of the client', () => {
    const incomplete = membersOf('mapi', 'MapiClient').filter((method) => {
      const tags = tagsOf(method)
      const anchor =
        method.name === 'createReferralLinks' ? 'postpersonalreferrallinkbatch' : method.name.toLowerCase()
      const link = `https://developers.friendbuy.com/#${anchor}`
      // TypeScript takes the scheme of a link for a name.
      const see = tags.get('see')?.replace(/\s/g, '') ?? ''
      return (
        !tags.get('example')?.trim() ||
        (method.name !== 'request' && !link.endsWith(see.slice(see.indexOf('//'))))
      )
    })
    expect(incomplete.map(({ name }) => name)).toEqual([])
  })

  it('shows names for what a method takes and gives', () => {
    const [method] = membersOf('mapi', 'MapiClient').filter(({ name }) => name === 'postPurchaseEvent')
    const type = method && checker.getTypeOfSymbol(method)
    expect(type && checker.typeToString(type)).toBe('(event: PurchaseEvent) => Promise<EventReceipt>')
  })

  it('says what each action does', () => {
    const members = checker.getPropertiesOfType(checker.getTypeOfSymbol(exportOf('.', 'actions')))
    expect(members.map(documentationOf)).toEqual([
      'Creates or updates a customer: POST /v1/customer.',
      'Records a purchase: POST /v1/event/purchase.',
      'Records that a customer created an account: POST /v1/event/account-sign-up.',
      'Records an event of a type that is defined in Friendbuy: POST /v1/event/custom.'
    ])
  })

  it('shows the properties of a payload, not how they are derived', () => {
    const [shown] = uses
    const type = checker.getDeclaredTypeOfSymbol(shown as ts.Symbol)
    const shownText = checker.typeToString(type, undefined, ts.TypeFormatFlags.InTypeAlias)
    const properties = [
      'orderId: string;',
      'gift?: boolean | undefined;',
      'products?: { price?: number | undefined; }[] | undefined;'
    ]
    // In any order: that depends on what else a program has.
    for (const property of properties) expect(shownText).toContain(property)
    expect(shownText).toHaveLength(`{ ${properties.join(' ')} }`.length)
  })
})

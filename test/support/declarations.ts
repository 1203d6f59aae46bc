import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(__dirname, '../..')

const { exports: named } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
}

const fileOf = (entry: string) => join(root, 'src', entry, 'index.ts')

/** Entries of the package, such as `.` and `mapi`. */
export const ENTRIES = Object.keys(named)
  .map((name) => name.replace('./', ''))
  .filter((entry) => existsSync(fileOf(entry)))

const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
  config: object
}
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)

/** Declares types with those of the entries. */
const USES = join(root, 'test/types/payload.ts')

const program = ts.createProgram([...ENTRIES.map(fileOf), USES], { ...options, types: ['node'] })

/** Checker of all entries. */
export const checker = program.getTypeChecker()

const exportsOfFile = (file: string): ts.Symbol[] => {
  const source = program.getSourceFile(file)
  const symbol = source && checker.getSymbolAtLocation(source)
  if (!symbol) throw new Error(`${file} exports nothing`)
  return checker.getExportsOfModule(symbol)
}

/** Exports of an entry, by their own names or as `default`. */
export const exportsOf = (entry: string): ts.Symbol[] => exportsOfFile(fileOf(entry))

/** Types that a program declares with those of the entries. */
export const uses = exportsOfFile(USES)

/** The documentation of a symbol as an editor shows it, without its tags. */
export const documentationOf = (symbol: ts.Symbol): string =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim()

/** A symbol, or what an export of it stands for. */
export const resolve = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** True for a declaration of this package's own. */
export const isOwn = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((declaration) =>
    declaration.getSourceFile().fileName.startsWith(join(root, 'src'))
  ) ?? false

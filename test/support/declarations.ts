import { join } from 'node:path'
import ts from 'typescript'

const root = join(__dirname, '../..')

/** A program of these entries of `src`, by their names such as `mapi`, and of other files, by their paths. */
export const createProgram = (entries: readonly string[], others: readonly string[] = []) => {
  const files = [...entries.map((entry) => join(root, 'src', entry, 'index.ts')), ...others]
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(files, { ...options, types: ['node'] })
  return { program, checker: program.getTypeChecker(), files }
}

/** The documentation of a symbol as an editor shows it, without its tags. */
export const documentationOf = (symbol: ts.Symbol, checker: ts.TypeChecker): string =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker)).replace(/\s+/g, ' ').trim()

/** A symbol, or what an export of it stands for. */
export const resolve = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** True for a declaration of this package's own. */
export const isOwn = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((declaration) =>
    declaration.getSourceFile().fileName.startsWith(join(root, 'src'))
  ) ?? false

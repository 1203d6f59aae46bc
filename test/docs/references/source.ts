import { join } from 'node:path'
import ts from 'typescript'

const ROOT = join(__dirname, '../../..')

/** Sources of the package, parsed: all of them, or those whose path ends with `suffix`. */
export const parseSources = (suffix = '.ts'): ts.SourceFile[] =>
  ts.sys
    .readDirectory(join(ROOT, 'src'), ['.ts'])
    .filter((path) => path.endsWith(suffix))
    .map((path) => ts.createSourceFile(path, ts.sys.readFile(path) ?? '', ts.ScriptTarget.Latest, true))

/** All nodes of a tree that a guard accepts. */
export const findNodes = <Node extends ts.Node>(
  root: ts.Node,
  accepts: (node: ts.Node) => node is Node
): Node[] => {
  const found: Node[] = []
  const visit = (node: ts.Node) => {
    if (accepts(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(root)
  return found
}

/** Properties of an object literal by name, those of a conditional spread among them. */
export const propertiesOf = (literal: ts.ObjectLiteralExpression): Map<string, ts.Node> =>
  new Map(
    findNodes(
      literal,
      (node): node is ts.PropertyAssignment | ts.ShorthandPropertyAssignment =>
        ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)
    ).map((property) => [
      property.name.getText(),
      ts.isPropertyAssignment(property) ? property.initializer : property.name
    ])
  )

/** Text of a string literal, or of several that are added. */
export const textOf = (node: ts.Node | undefined): string | undefined => {
  if (node === undefined) return undefined
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [textOf(node.left), textOf(node.right)]
    return left === undefined || right === undefined ? undefined : left + right
  }
  return undefined
}

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'

const MAIN = join(__dirname, '../../dist/cli/main.js')

/** Runs `main.js --version` as a Node of another version. */
const runAs = async (version: string) => {
  const fake = `Object.defineProperty(process, 'version', { value: '${version}' })`
  const script = `${fake}; process.argv[2] = '--version'; require(${JSON.stringify(MAIN)})`
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script, '--', 'x'])
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

describe('The main file of the command line', () => {
  it.each(['v0.10.48', 'v8.17.0', 'v18.20.4', 'v20.18.3'])(
    'refuses Node %s in one sentence',
    async (version) => {
      const { code, stdout, stderr } = await runAs(version)
      expect(stderr).toMatch(
        new RegExp(
          `^actions-friendbuy-cloud requires Node\\.js 20\\.19 or later; this is ${version}\\. [^\\n]*\\n$`
        )
      )
      expect([code, stdout]).toEqual([2, ''])
    }
  )

  it.each(['v20.19.0', 'v21.0.0', 'v24.1.0', 'v100.2.3'])('starts in Node %s', async (version) => {
    const { stdout, stderr } = await runAs(version)
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(stderr).toBe('')
  })

  it('is what the oldest Node can parse', () => {
    const source = ts.createSourceFile('main.js', readFileSync(MAIN, 'utf8'), ts.ScriptTarget.ES2022, true)
    const found = new Set<string>()
    const visit = (node: ts.Node) => {
      found.add(ts.SyntaxKind[node.kind])
      if (ts.isVariableDeclarationList(node))
        found.add(node.flags & ts.NodeFlags.BlockScoped ? 'const' : 'var')
      node.forEachChild(visit)
    }
    visit(source)
    for (const modern of ['ArrowFunction', 'TemplateExpression', 'NoSubstitutionTemplateLiteral', 'const']) {
      expect(found).not.toContain(modern)
    }
    expect(found).toContain('var')
  })
})

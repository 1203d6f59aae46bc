import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import ts from 'typescript'
import packageJson from '../../package.json'
import { startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { runCli } from '../support/run-cli'
import { createOverheardEnvironment, DOCUMENTED, RetryError, readFunction } from './environment'

const text = readFunction()

describe('dist/segment-function.js', () => {
  it('is below 100 kB', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(100_000)
  })

  it('is a script of ES2020', () => {
    // Lowering it to ES2020 changes nothing.
    const options = { charset: 'utf8', legalComments: 'inline' } as const
    expect(transformSync(text, { ...options, target: 'es2020' }).code).toBe(
      transformSync(text, { ...options, target: 'esnext' }).code
    )
    const source = ts.createSourceFile('function.js', text, ts.ScriptTarget.ES2020, true)
    expect(
      source.statements.filter((node) => ts.isImportDeclaration(node) || ts.isExportAssignment(node))
    ).toEqual([])
    expect(text).not.toMatch(/\b(?:require|process|module|exports|Buffer|globalThis)\b\s*[.([=]/)
  })

  it('begins with its version, the steps and the settings', () => {
    const head = text.slice(0, text.indexOf('*/'))
    expect(head).toContain(`actions-friendbuy-cloud ${packageJson.version}`)
    expect(head.match(/^ \* \d\. /gm)).toHaveLength(5)
    for (const setting of ['authKey', 'authSecret', 'customEvents', 'mappings']) {
      expect(head).toContain(`, ${setting}, `)
    }
  })

  it('is made of nothing but this project', () => {
    const script = join(__dirname, '../../scripts/bundle-segment-function.mjs')
    const code = `const { bundleSegmentFunction } = await import(${JSON.stringify(script)})
      console.log(JSON.stringify(await bundleSegmentFunction()))`
    const inputs = JSON.parse(
      execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
    ) as string[]
    expect(inputs.filter((input) => !input.startsWith('src/'))).toEqual([])
  })

  it('is what the command prints', async () => {
    const { stdout, code } = await runCli(['segment-function'])
    expect([stdout, code]).toEqual([text, 0])
  })

  it('reads nothing from the global object but what Segment documents', async () => {
    const sandbox = await startSandbox()
    try {
      const environment = createOverheardEnvironment(sandbox)
      const settings = newSettings()
      const identify = { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com', age: 'old' } }
      await environment.onIdentify(identify, settings)
      await environment.onDelete({ type: 'delete', userId: 'c-1' }, settings)
      await environment.onBatch(
        [identify, { type: 'page' }, { type: 'track', event: 'Order Completed' }],
        settings
      )
      sandbox.injectFault({ drop: 'before' }, { path: '/v1/customer' })
      await expect(environment.onIdentify(identify, settings)).rejects.toThrow(RetryError)
      const invalid = [
        environment.onPage({ type: 'page' }, settings),
        environment.onIdentify({ type: 'identify' }, settings),
        environment.onIdentify(identify, { authKey: '', authSecret: '' })
      ]
      await Promise.allSettled(invalid)
      expect([...environment.reads].sort()).toEqual([...DOCUMENTED].sort())
    } finally {
      await sandbox.close()
    }
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../../src'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli } from '../../support/run-cli'
import { merchantOfSettings } from '../../support/sandboxed'

const toEnv = ({ authKey, authSecret }: Settings) => ({
  FRIENDBUY_MAPI_KEY: authKey,
  FRIENDBUY_MAPI_SECRET: authSecret
})

describe('verify', () => {
  const settings = newSettings()
  let sandbox: Sandbox
  let folder: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'verify-'))
    sandbox = await startSandbox({ credentials: [{ key: settings.authKey, secret: settings.authSecret }] })
  })

  afterEach(async () => {
    rmSync(folder, { recursive: true })
    await sandbox.close()
  })

  const verify = (given: Settings, ...args: string[]) =>
    runCli(['verify', '--mapi-url', sandbox.url, ...args], { env: toEnv(given) })

  it('reports valid credentials and the address that accepted them', async () => {
    expect(await verify(settings)).toEqual({
      code: 0,
      stdout: `${sandbox.url}: the credentials are valid.\n`,
      stderr: ''
    })
    expect(sandbox.records).toMatchObject([
      { method: 'POST', path: '/v1/authorization', status: 200, merchant: merchantOfSettings(settings) }
    ])
  })

  it('prints JSON for programs', async () => {
    expect(await verify(settings, '--json')).toEqual({
      code: 0,
      stdout: `${JSON.stringify({ mapiUrl: sandbox.url, valid: true })}\n`,
      stderr: ''
    })
    const { code, stdout, stderr } = await verify(newSettings(), '--json')
    expect(JSON.parse(stdout)).toEqual({
      mapiUrl: sandbox.url,
      valid: false,
      error: expect.stringContaining('answered 401') as string
    })
    expect([code, stderr]).toEqual([1, ''])
  })

  it('shows an example in its help that works, with credentials from a file', async () => {
    const { stdout } = await runCli(['verify', '--help'])
    const args = /\$ actions-friendbuy-cloud (.+)\n$/.exec(stdout)?.[1]?.split(' ') ?? []
    expect(args).toEqual(['verify', '--settings', 'settings.json'])
    const path = join(folder, 'settings.json')
    writeFileSync(path, JSON.stringify(settings), { mode: 0o600 })
    const own = args.map((arg) => (arg === 'settings.json' ? path : arg))
    const { code, stderr } = await runCli([...own, '--mapi-url', sandbox.url])
    expect([code, stderr]).toEqual([0, ''])
  })

  it('exits with 1 for wrong credentials, and shows none', async () => {
    const wrong = newSettings()
    const { code, stdout, stderr } = await verify(wrong)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^http:\S+: Friendbuy MAPI answered 401 to POST \/v1\/authorization: The key or the secret is wrong \(reference \S+\)\. Check the Friendbuy MAPI Key and the Friendbuy MAPI Secret\.\n$/
    )
    for (const credential of [wrong.authKey, wrong.authSecret]) expect(stderr).not.toContain(credential)
  })

  it.each([
    [{ status: 200, body: '<html>' }, 'with an HTML page'],
    [{ status: 200, body: { status: 'OK' } }, 'answered 200 to POST /v1/authorization without a token']
  ])('exits with 1 where %j comes in place of a token', async (fault, words) => {
    sandbox.injectFault(fault)
    const { code, stdout, stderr } = await verify(settings)
    expect(stderr).toContain(words)
    expect([code, stdout]).toEqual([1, ''])
  })

  it('exits with 2 without credentials, with a file that others can read, and with an address that is none', async () => {
    expect(await runCli(['verify'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Missing credentials: set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET in the environment, or pass a file with --settings.\n'
    })
    const path = join(folder, 'open.json')
    writeFileSync(path, JSON.stringify(settings), { mode: 0o644 })
    expect(await verify(settings, '--settings', path)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${path} can be read by others: run "chmod 600 ${path}".\n`
    })
    const nowhere = await runCli(['verify', '--mapi-url', 'nowhere'], { env: toEnv(settings) })
    expect(nowhere).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^mapiUrl must be/) as string
    })
    expect(sandbox.records).toEqual([])
  })
})

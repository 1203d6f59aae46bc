import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runForget } from '../../../src/cli/commands/forget'
import { createMapiClient } from '../../../src/mapi'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli } from '../../support/run-cli'
import { taken } from '../../support/sandboxed'

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

describe('forget', () => {
  const { authKey: key, authSecret: secret } = newSettings()
  const env = { FRIENDBUY_MAPI_KEY: key, FRIENDBUY_MAPI_SECRET: secret }
  let sandbox: Sandbox
  let folder: string
  let settings: string

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'forget-'))
    settings = join(folder, 'settings.json')
    writeFileSync(settings, JSON.stringify({ authKey: key, authSecret: secret }), { mode: 0o600 })
    sandbox = await startSandbox()
  })

  afterEach(async () => {
    jest.restoreAllMocks()
    rmSync(folder, { recursive: true })
    await sandbox.close()
  })

  const forget = (...args: string[]) => runCli(['forget', '--mapi-url', sandbox.url, ...args], { env })

  it('has the data of a customer deleted, and prints the ID of the job', async () => {
    const mapi = createMapiClient({ key, secret, mapiUrl: sandbox.url })
    await mapi.postCustomer({ customerId: 'c 1/ä', email: 'a@example.com' })
    await mapi.postCustomer({ customerId: 'c-2', email: 'b@example.com' })
    const { code, stdout, stderr } = await forget('c 1/ä', '--yes')
    expect(stdout.replace(UUID, '<job>')).toBe('Deletion of the customer c 1/ä requested. Job ID: <job>\n')
    expect([code, stderr]).toEqual([0, ''])
    expect((await mapi.getUserData({ customerId: 'c 1/ä' })).customerIds).toEqual([])
    expect((await mapi.getUserData({ customerId: 'c-2' })).customerIds).toEqual(['c-2'])
    for (const credential of [key, secret]) expect(stdout).not.toContain(credential)
  })

  it.each([
    [{ status: 200, body: { task_id: 't-1' } }, 'Job ID: t-1'],
    [{ status: 204, body: '' }, 'Friendbuy gave no job ID.']
  ])('takes the answer %j', async (fault, words) => {
    sandbox.injectFault(fault, { path: '/v1/user-data' })
    expect(await forget('c-1', '--yes')).toEqual({
      code: 0,
      stdout: `Deletion of the customer c-1 requested. ${words}\n`,
      stderr: ''
    })
  })

  it('prints JSON for programs', async () => {
    sandbox.injectFault({ status: 200, body: { task_id: 't-1' } }, { path: '/v1/user-data' })
    expect(await forget('c-1', '--yes', '--json')).toEqual({
      code: 0,
      stdout: '{"customerId":"c-1","jobId":"t-1"}\n',
      stderr: ''
    })
  })

  it('shows an example in its help that works', async () => {
    const { stdout } = await runCli(['forget', '--help'])
    expect(stdout).toContain('It cannot be undone.')
    const args = /\$ actions-friendbuy-cloud (.+)\n$/.exec(stdout)?.[1]?.split(' ') ?? []
    expect(args).toEqual(['forget', 'customer-12345', '--settings', 'settings.json'])
    const own = args.map((arg) => (arg === 'settings.json' ? settings : arg))
    const { code, stderr } = await runCli([...own, '--yes', '--mapi-url', sandbox.url])
    expect([code, stderr]).toEqual([0, ''])
  })

  it("exits with 1 where MAPI refuses, with MAPI's words", async () => {
    sandbox.injectFault({ status: 404, body: { message: 'no such customer' } }, { path: '/v1/user-data' })
    expect(await forget('c-1', '--yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Friendbuy MAPI answered 404 to DELETE /v1/user-data: no such customer\n'
    })
  })

  it.each([
    [
      'without a terminal',
      ['c-1'],
      'Cannot ask for confirmation without a terminal. Add --yes if you are sure.\n'
    ],
    [
      'with a blank customer ID',
      [' ', '--yes'],
      'The customer ID is blank. Name the customer whose data to delete.\n'
    ],
    [
      'with settings that there are not',
      ['c-1', '--yes', '--settings', 'none'],
      "Cannot read none: ENOENT: no such file or directory, open 'none'\n"
    ]
  ])('exits with 2 %s', async (_what, args, stderr) => {
    expect(await forget(...args)).toEqual({ code: 2, stdout: '', stderr })
    expect(sandbox.records).toEqual([])
  })

  describe('on a terminal', () => {
    /** Runs it with keys typed, and gives what the person sees. */
    const confirm = async (customerId: string, typed: string) => {
      const stdin = Object.assign(new PassThrough(), { isTTY: true })
      const stderr = Object.assign(new PassThrough(), { isTTY: true })
      const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true)
      const writeError = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
      stdin.write(typed)
      const code = await runForget(customerId, { settings, mapiUrl: sandbox.url }, { stdin, stderr })
      stderr.end()
      const printed = (spy: typeof write) => spy.mock.calls.map(([line]) => String(line)).join('')
      return { code, seen: await text(stderr), stdout: printed(write), errors: printed(writeError) }
    }

    it('deletes once the customer ID is typed again', async () => {
      const { code, seen, stdout, errors } = await confirm('c-1', 'c-1\r')
      expect(seen).toContain('Friendbuy will delete all data of the customer c-1. This cannot be undone.')
      expect(seen).toContain('Type the customer ID again to continue: ')
      expect(stdout.replace(UUID, '<job>')).toBe('Deletion of the customer c-1 requested. Job ID: <job>\n')
      expect([code, errors]).toEqual([0, ''])
      expect(taken(sandbox)).toMatchObject([{ method: 'DELETE', path: '/v1/user-data' }])
    })

    it.each([
      ['something else', 'c-2\r', 1, ': the customer IDs differ'],
      ['nothing', '\r', 1, ': the customer IDs differ'],
      ['yes', 'yes\r', 1, ': the customer IDs differ'],
      ['Ctrl-C', 'c-1\u0003', 130, ''],
      ['Ctrl-D', '\u0004', 130, '']
    ])('deletes nothing if %s is typed', async (_what, typed, exit, reason) => {
      const { code, stdout, errors } = await confirm('c-1', typed)
      expect(errors).toBe(`Nothing was deleted${reason}.\n`)
      expect([code, stdout]).toEqual([exit, ''])
      expect(sandbox.records).toEqual([])
    })
  })
})

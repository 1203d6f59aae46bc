import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli } from '../../support/run-cli'

let sandbox: Sandbox
let folder: string

beforeEach(async () => {
  sandbox = await startSandbox({ campaigns: [{ id: 'spring' }] })
  folder = await mkdtemp(join(tmpdir(), 'links-'))
})

afterEach(async () => {
  await sandbox.close()
  await rm(folder, { recursive: true })
})

const newRun = () => {
  const { authKey: FRIENDBUY_MAPI_KEY, authSecret: FRIENDBUY_MAPI_SECRET } = newSettings()
  const env = { FRIENDBUY_MAPI_KEY, FRIENDBUY_MAPI_SECRET }
  return (...args: string[]) =>
    runCli(['links', ...args, '--campaign', 'spring', '--mapi-url', sandbox.url], { env })
}

const write = async (name: string, text: string) => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const calls = () => sandbox.records.filter(({ path }) => path.endsWith('-batch')).length

describe('links', () => {
  it('writes a link for each customer of a CSV file as CSV', async () => {
    const file = await write(
      'customers.csv',
      '\uFEFFemail,customer_id,first_name,seed,note\r\nada@example.com,c-1,"Ada ""A""",ada,"a\nb"\r\nADA@example.com,c-1,,,\r\ngrace@example.com,,,grace,\r\n'
    )
    const { code, stdout, stderr } = await newRun()(file)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 links, 0 failed\n' })
    expect(stdout.split('\n').map((line) => line.replace(/[^,]+$/, ''))).toEqual([
      'email,customerId,campaignId,referralCode,link,',
      'ada@example.com,c-1,spring,ada,https://fbuy.io/sandbox/ada,',
      'grace@example.com,,spring,grace,https://fbuy.io/sandbox/grace,',
      ''
    ])
    expect(sandbox.records.at(-1)?.body).toMatchObject({
      requests: [{ firstName: 'Ada "A"', channel: 'purl' }, {}]
    })
  })

  it('reads the customers of events, and counts those without an address', async () => {
    const events = [
      { type: 'identify', userId: 'c-1', traits: { email: 'ada@example.com', firstName: 'Ada' } },
      { type: 'track', event: 'Order Completed', userId: 'c-2', properties: { email: 'grace@example.com' } },
      { type: 'identify', userId: 'c-3', traits: {} }
    ]
    const file = await write('events.ndjson', events.map((event) => JSON.stringify(event)).join('\n'))
    const { code, stdout, stderr } = await newRun()(file, '--json')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: '2 links, 0 failed, 1 line without an email address\n'
    })
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
    ).toEqual([
      expect.objectContaining({ email: 'ada@example.com', customerId: 'c-1' }),
      expect.objectContaining({ email: 'grace@example.com', customerId: 'c-2' })
    ])
  })

  it.each(['csv', 'ndjson'])('resumes a file of %s that a crash has cut off', async (format) => {
    const emails = Array.from({ length: 25 }, (_, index) => `u${index}@example.com`)
    const file = await write('customers.csv', ['email', ...emails].join('\n'))
    const output = join(folder, `links.${format}`)
    const run = newRun()
    const args = [file, '--output', output, ...(format === 'csv' ? [] : ['--json'])]
    await run(...args)
    const whole = await readFile(output, 'utf8')
    const lines = whole.split('\n')
    await writeFile(output, lines.slice(0, 15).join('\n') + '\n' + (lines[15] ?? '').slice(0, 20))
    const before = calls()

    const { code, stderr } = await run(...args)

    expect(await readFile(output, 'utf8')).toBe(whole)
    const done = format === 'csv' ? 14 : 15
    expect({ code, stderr, calls: calls() - before }).toEqual({
      code: 0,
      stderr: `${25 - done} links, 0 failed, ${done} in ${output} already\n`,
      calls: Math.ceil((25 - done) / 10)
    })
  })

  it('names a customer whom MAPI refuses, and continues with the others', async () => {
    const file = await write('customers.csv', 'email\nada@example.com\n')
    sandbox.injectFault({ status: 422, body: { message: 'no such address' } })
    sandbox.injectFault(
      { status: 200, body: { token: 't', expires: '2099-01-01' } },
      { path: '/v1/authorization' }
    )
    const { code, stderr } = await newRun()(file)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^ada@example\.com: .*no such address\n0 links, 1 failed\n$/)
  })

  it('exits with 2 for a file that is missing and for a foreign output, and with 1 for a broken row', async () => {
    const run = newRun()
    expect((await run(join(folder, 'none.csv'))).code).toBe(2)
    const broken = await write('broken.csv', 'email\n"ada@example.com\n')
    expect(await run(broken)).toMatchObject({
      code: 1,
      stderr: `${broken}, line 2: not CSV: a quote is never closed\n0 links, 1 failed\n`
    })
    const events = await write('broken.ndjson', '{"type":"identify"\n')
    expect(await run(events)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/broken\.ndjson, line 1: .*\n0 links, 1 failed\n$/) as string
    })
    const output = await write('other.csv', 'name\nAda\n')
    expect((await run(broken, '--output', output)).stderr).toContain('not an output of this command')
  })
})

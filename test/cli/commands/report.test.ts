import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMapiClient } from '../../../src/mapi'
import { type Sandbox, startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli } from '../../support/run-cli'

const CLICKS = '/v1/analytics/clicks'

let sandbox: Sandbox

/** Page that MAPI refuses, once. */
let refuseAt: number

beforeEach(async () => {
  refuseAt = 0
  sandbox = await startSandbox({
    pageSize: 2,
    onCall: ({ path }) => {
      if (path !== CLICKS) return
      refuseAt -= 1
      if (refuseAt === 1) sandbox.injectFault({ status: 403 }, { path: CLICKS, times: 1 })
    }
  })
})

afterEach(() => sandbox.close())

/** A merchant with a link and some clicks, and a command with its credentials. */
const newMerchant = async (clicks: number) => {
  const { authKey: key, authSecret: secret } = newSettings()
  const mapi = createMapiClient({ key, secret, mapiUrl: sandbox.url })
  await mapi.postPersonalReferralLink({ email: 'ada@example.com', campaignId: 'spring', seed: 'ada' })
  for (let click = 1; click <= clicks; click += 1) {
    sandbox.simulate({ type: 'click', referralCode: 'ada', createdOn: `2026-03-0${click}T12:00:00.000Z` })
  }
  const env = { FRIENDBUY_MAPI_KEY: key, FRIENDBUY_MAPI_SECRET: secret }
  return {
    mapi,
    run: (...args: string[]) => runCli([...args, '--mapi-url', sandbox.url], { env })
  }
}

const range = ['--from', '2026-03-01', '--to', '2026-03-31']

const CSV = [
  'createdOn,channel,advocateEmail,advocateName,advocateCustomerId,referralCode,campaignId,campaignName,destinationUrl,userAgent,ipAddress',
  '2026-03-01T12:00:00.000Z,purl,ada@example.com,,,ada,spring,,,,',
  '2026-03-02T12:00:00.000Z,purl,ada@example.com,,,ada,spring,,,,',
  '2026-03-03T12:00:00.000Z,purl,ada@example.com,,,ada,spring,,,,'
]

describe('report', () => {
  it('writes every page as CSV', async () => {
    const { run } = await newMerchant(3)
    expect(await run('report', 'clicks', ...range)).toEqual({
      code: 0,
      stdout: `${CSV.join('\n')}\n`,
      stderr: '3 clicks\n'
    })
  })

  it('writes JSON lines, filtered, up to the end of a day', async () => {
    const { run } = await newMerchant(3)
    const { stdout } = await run('report', 'clicks', '--json', '--from', '2026-03-02', '--to', '2026-03-02')
    expect(JSON.parse(stdout)).toMatchObject({ createdOn: '2026-03-02T12:00:00.000Z', campaignId: 'spring' })
    expect(
      (await run('report', 'clicks', ...range, '--filter', 'channel=email', '--quiet', '--json')).stdout
    ).toBe('')
    expect(await run('report', 'clicks', ...range, '--filter', 'channel')).toMatchObject({ code: 2 })
    expect(await run('report', 'clicks')).toMatchObject({
      code: 2,
      stderr: 'The range is missing: pass --from and --to.\n'
    })
    expect(await run('report', 'visits', ...range)).toMatchObject({ code: 2 })
  })

  it('says from which page to resume, and appends to the file', async () => {
    const { run } = await newMerchant(3)
    const folder = await mkdtemp(join(tmpdir(), 'report-'))
    const report = ['report', 'clicks', '--output', join(folder, 'clicks.csv')]
    try {
      refuseAt = 2
      const failed = await run(...report, ...range)
      expect(failed).toMatchObject({ code: 1, stdout: '' })
      expect(failed.stderr).toContain('The report is incomplete after 2 clicks: Friendbuy MAPI answered 403')
      const [, token = ''] = /--page-token (\S+)/.exec(failed.stderr) ?? []
      expect(await run(...report, '--page-token', token)).toMatchObject({ code: 0, stderr: '1 clicks\n' })
      expect(await readFile(join(folder, 'clicks.csv'), 'utf8')).toBe(`${CSV.join('\n')}\n`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('ledger', () => {
  const change = { customCustomerId: 'c-1', currency: 'Points', value: 50, description: 'Goodwill' } as const

  it('shows a balance and its credits, and 0 for a customer without a ledger', async () => {
    const { mapi, run } = await newMerchant(0)
    const show = (...args: string[]) => run('ledger', ...args, '--currency', 'Points')
    expect(await show('balance', 'c-1')).toEqual({ code: 0, stdout: '0 Points\n', stderr: '' })
    expect(await show('entries', 'c-1')).toEqual({ code: 0, stdout: '', stderr: '' })
    await mapi.postLedgerAdjustmentCustom({ ...change, adjustmentType: 'add', expirationDate: '2099-01-01' })
    await mapi.postLedgerAdjustmentCustom({ ...change, adjustmentType: 'remove', value: 20 })
    expect((await show('balance', 'c-1')).stdout).toMatch(
      /^30 Points\n50\tactive\tearned \S+\texpires 2099-01-01T00:00:00.000Z\n$/
    )
    expect((await show('entries', 'c-1')).stdout).toMatch(/^\S+\t50\t50\tGoodwill\n\S+\t-20\t30\tGoodwill\n$/)
    expect(JSON.parse((await show('balance', 'c-1', '--json')).stdout)).toMatchObject({ total: 30 })
    expect(JSON.parse((await show('entries', 'c-1', '--json', '--since', '2099-01-01')).stdout)).toEqual([])
  })

  it('moves no money: there is no such command', async () => {
    const { run } = await newMerchant(0)
    expect((await run('ledger', '--help')).stdout).toMatch(/balance[^]*entries/)
    for (const name of ['add', 'remove', 'adjust', 'redeem'])
      expect((await run('ledger', name, 'c-1')).code).toBe(2)
  })
})

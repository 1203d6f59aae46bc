import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import { transformSync } from '@swc/core'
import * as mapiEntry from '../../src/mapi'
import * as sandboxEntry from '../../src/sandbox'
import { newSettings } from '../support/credentials'

const guide = readFileSync(join(__dirname, '../../docs/guides/merchant-api.md'), 'utf8')

/** The modules of the guide by their names. */
const modules = new Map(
  [...guide.matchAll(/^```js\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(([, name = '', code = '']) => [name, code])
)

const tested = new Set<string>()

/** Loads a module of the guide with this environment. */
const load = (name: string, env: Record<string, string>): Record<string, (...args: unknown[]) => unknown> => {
  tested.add(name)
  const { code } = transformSync(modules.get(name) ?? '', {
    module: { type: 'commonjs' },
    jsc: { target: 'es2022' }
  })
  const exported = {}
  const requireFrom = (specifier: string): unknown => {
    if (specifier === 'actions-friendbuy-cloud/mapi') return mapiEntry
    if (specifier === 'actions-friendbuy-cloud/sandbox') return sandboxEntry
    return load(specifier.replace('./', ''), env)
  }
  const run = compileFunction(code, ['exports', 'require', 'process', 'console']) as (
    ...given: unknown[]
  ) => void
  run(exported, requireFrom, { env }, { error: (line: string) => printed.push(line) })
  return exported
}

const printed: string[] = []
const rewards = { advocateReward: { amount: 10, unit: 'Points', type: 'Ledger' } }

let sandbox: sandboxEntry.Sandbox
let env: Record<string, string>
let mapi: mapiEntry.MapiClient

beforeEach(async () => {
  sandbox = await sandboxEntry.startSandbox({ campaigns: [{ id: 'spring', ...rewards }] })
  const { authKey: key, authSecret: secret } = newSettings()
  env = { FRIENDBUY_MAPI_KEY: key, FRIENDBUY_MAPI_SECRET: secret, FRIENDBUY_MAPI_URL: sandbox.url }
  mapi = mapiEntry.createMapiClient({ key, secret, mapiUrl: sandbox.url })
})

afterEach(() => sandbox.close())

const ada = { email: 'ada@example.com', id: 'c-1', firstName: 'Ada' }

describe('The guide to the Merchant API', () => {
  afterAll(() => {
    // Blocks without a name are in no module, and nothing would run them.
    expect([...modules.keys()].sort()).toEqual([...tested].sort())
    expect(guide.match(/^```js$/gm)).toHaveLength(modules.size)
  })

  it('shows a customer a link, always the same', async () => {
    const { referralPage } = load('referral-page.js', env)
    const page = await referralPage?.(ada, 'spring')
    expect(page).toMatch(/^<p>Share your link: <a href="(https:\/\/fbuy\.io\/sandbox\/\w{8})">\1<\/a><\/p>$/)
    expect(await referralPage?.(ada, 'spring')).toBe(page)
  })

  it('gives many customers their links, and names who gets none', async () => {
    const customers = [ada, { id: 'c-2' }, { email: 'grace@example.com', id: 'c-3' }]
    const links = (await load('newsletter-links.js', env).addLinks?.(customers, 'spring')) as Map<
      string,
      string
    >
    expect([...links.keys()]).toEqual(['ada@example.com', 'grace@example.com'])
    expect(printed).toEqual(['undefined: createReferralLinks: email: required, but missing'])
  })

  it('shows a balance, and 0 without a ledger', async () => {
    const { balanceOf } = load('balance.js', env)
    expect(await balanceOf?.('c-1')).toBe(0)
    await addPoints(70)
    expect(await balanceOf?.('c-1')).toBe(70)
  })

  it('redeems points once', async () => {
    const { redeem } = load('redeem.js', env)
    const [option] = (await mapi.getRedemptionOptions()).results
    await addPoints(120)
    expect(await redeem?.('c-1', option?.id)).toMatchObject({ newLedgerTotal: 70 })
    sandbox.injectFault({ drop: 'after' }, { path: '/v1/reward/redeem', times: 1 })
    expect(await redeem?.('c-1', option?.id)).toHaveProperty('pending')
    expect(await redeem?.('c-1', option?.id)).toHaveProperty('refused')
    expect(await mapi.getLedgerBalance({ customerId: 'c-1', currency: 'Points' })).toMatchObject({
      total: 20
    })
  })

  it('exports the rewards of a day', async () => {
    const { referralCode } = await mapi.postPersonalReferralLink({
      email: ada.email,
      customerId: ada.id,
      campaignId: 'spring'
    })
    for (const orderId of ['o-1', 'o-2']) {
      await mapi.postPurchaseEvent({ orderId, amount: 1, currency: 'USD', referralCode })
    }
    const lines: string[] = []
    const day = new Date().toISOString().slice(0, 10)
    const { exportRewards } = load('export-rewards.js', env)
    expect(await exportRewards?.(day, (line: string) => lines.push(line))).toBe(2)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ status: 'Distributed', referralCode })
  })

  it('tests a referral on a sandbox', async () => {
    expect(await load('referral.test.js', env).testReferral?.()).toBe(100)
  })
})

const addPoints = (value: number) =>
  mapi.postLedgerAdjustmentCustom({
    customCustomerId: 'c-1',
    currency: 'Points',
    value,
    adjustmentType: 'add',
    description: 'Goodwill'
  })

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { signWebhook } from '../../src/webhooks'
import { readBlocks } from '../support/document'
import { runDocument } from '../support/run-document'

const ROOT = join(__dirname, '../..')

/** Guides whose examples have their own tests. */
const TESTED_ELSEWHERE = [
  'direct-mode.md',
  'legacy-v2.md',
  'merchant-api.md',
  'segment-catalog.md',
  'webhooks.md'
]

const guides = readdirSync(join(ROOT, 'docs/guides')).filter((name) => !TESTED_ELSEWHERE.includes(name))
const documents = ['README.md', ...guides.map((name) => `docs/guides/${name}`)]

const all = [
  ...readdirSync(ROOT),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`)
].filter((name) => name.endsWith('.md'))

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Anchors of the headings of a document, as GitHub makes them. */
const anchorsOf = (path: string) =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
  )

describe('The documents', () => {
  it.each(documents)(
    'show commands, code and output as they are: %s',
    async (document) => {
      expect(await runDocument(readBlocks(document))).toEqual([])
    },
    120_000
  )

  it('show only a few commands that no test can run', () => {
    const notRun = documents.flatMap(readBlocks).filter((block) => block.notRun !== undefined)
    expect(new Set(notRun.map(({ notRun: reason }) => reason))).toEqual(NOT_RUN)
  })

  it.each(all)('link only to what exists: %s', (path) => {
    const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const dead = links
      .filter((target) => !/^(https?|mailto):/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#')
        const linked = file === '' ? path : join(dirname(path), file)
        if (!existsSync(join(ROOT, linked))) return true
        return anchor !== undefined && !anchorsOf(linked).includes(anchor)
      })
    expect(dead).toEqual([])
  })

  it('begin with a README whose webhook handler accepts a signed webhook', async () => {
    const block = readBlocks('README.md').find(({ writtenAs }) => writtenAs === 'friendbuy.mjs')
    const data = [{ rewardId: 'r-1', rewardAmount: 5, customerId: 'c-1' }]
    const body = JSON.stringify({ id: 'w-1', type: 'advocateReward', data })
    const headers = { 'x-friendbuy-hmac-sha256': await signWebhook(body, 'a key') }
    const call = `
      const request = new Request('http://shop', ${JSON.stringify({ method: 'POST', body, headers })})
      console.log((await handleWebhook(request)).status)`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', `${block?.code}${call}`],
      { cwd: ROOT, env: { ...process.env, FRIENDBUY_SECRET_KEY: 'a key' } }
    )
    expect(stdout).toBe('r-1 5 c-1\n200\n')
  })

  it('are all linked from the README', () => {
    const linked = [...read('README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target)
    expect(all.filter((path) => path !== 'README.md' && !linked.includes(path))).toEqual([])
  })

  it('begin with a README of at most 149 lines', () => {
    expect(read('README.md').trim().split('\n').length).toBeLessThanOrEqual(149)
  })
})

/** Reasons for which a block does not run here. */
const NOT_RUN = new Set([
  // The tests of the packed package.
  'npm install',
  // The tests of the queue start the workers of the unit and of the compose file.
  'systemctl',
  'docker'
])

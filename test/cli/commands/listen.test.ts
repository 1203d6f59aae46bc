import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signWebhook } from '../../../src/webhooks'
import { newSettings } from '../../support/credentials'
import { eventually } from '../../support/eventually'
import { runCli, startCli } from '../../support/run-cli'

const { authSecret: secretKey } = newSettings()
const running: ChildProcess[] = []
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})

/** Starts `listen` on a free port, and resolves once it listens. */
const startListen = async (...args: string[]) => {
  const child = startCli(['listen', '--port', '0', '--secret-env', 'SHOP_KEY', ...args], {
    SHOP_KEY: secretKey
  })
  running.push(child)
  let output = ''
  let stdout = ''
  child.stdout?.on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr?.on('data', (text: string) => (output += text))
  await eventually(() => output.includes('http://127.0.0.1:'))
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? ''
  return { child, url, stdout: () => stdout }
}

/** A handler to forward to, which gives each request one of the responses. */
const startTarget = async (...responses: [status: number, body: string][]) => {
  const requests: { url?: string; method?: string; signature: unknown; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const { url, method, headers } = request
      requests.push({ url, method, signature: headers['x-friendbuy-hmac-sha256'], body })
      const [status, text] = responses.shift() ?? [200, '']
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const post = async (url: string, value: unknown, key = secretKey) => {
  const body = typeof value === 'string' ? value : JSON.stringify(value)
  const signature = await signWebhook(body, key)
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'X-Friendbuy-Hmac-SHA256': signature }
  })
  return { status: response.status, text: await response.text(), body, signature }
}

const REWARD = {
  id: 'w-1',
  type: 'loyaltyReward',
  data: [{ rewardId: 'r-1', rewardAmount: 40, emailAddress: 'zoë@example.com' }],
  createdOn: '2026-01-01T00:00:00Z'
}
const VALIDATION = { eventType: 'sign_up', recipientType: 'friend', campaignId: 'c-1', event: {} }
const AUTHORIZATION = { type: 'emailAuth', data: ['friend@example.com'] }

describe('listen', () => {
  it('prints each webhook, says which came before, and stops on SIGINT', async () => {
    const { child, url, stdout } = await startListen()
    expect((await post(`${url}/any/path`, REWARD)).status).toBe(200)
    expect((await post(url, REWARD)).status).toBe(200)
    await eventually(() => stdout().includes('came before'))
    const lines = stdout()
      .trim()
      .split('\n')
      .map((line) => line.replace(/^[\d:.TZ-]{24}/, 'TIME'))
    const item = [
      '  ["loyaltyReward","r-1"]',
      '    rewardId          "r-1"',
      '    rewardAmount      40',
      '    emailAddress      "zoë@example.com"'
    ]
    expect(lines.slice(1)).toEqual([
      'TIME  200  loyaltyReward',
      ...item,
      'TIME  200  loyaltyReward  (came before)',
      ...item
    ])
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([0, null])
  })

  it('prints one JSON object a line, and nothing else, with --json', async () => {
    const { url, stdout } = await startListen('--json')
    await post(url, REWARD)
    await post(url, VALIDATION)
    await post(url, '{}', 'another key')
    await post(url, '{}')
    await eventually(() => stdout().trim().split('\n').length === 4)
    const lines = stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    const at = expect.stringMatching(/^\d{4}-/) as unknown
    expect(lines).toEqual([
      {
        at,
        status: 200,
        kind: 'webhook',
        body: REWARD,
        keys: ['["loyaltyReward","r-1"]'],
        isRepetition: false
      },
      {
        at,
        status: 503,
        kind: 'rewardValidation',
        body: VALIDATION,
        error: 'Nothing decides here: pass --forward with the address of a handler.'
      },
      { at, status: 401, error: expect.stringContaining('not the MAPI secret') as unknown },
      { at, status: 422, error: expect.stringContaining('neither a webhook nor a callback') as unknown }
    ])
  })

  it('decides nothing: both callbacks get a 503', async () => {
    const { url } = await startListen()
    expect((await post(url, VALIDATION)).status).toBe(503)
    expect((await post(url, AUTHORIZATION)).status).toBe(503)
  })

  it('passes the raw request on with --forward, and responds as the handler does', async () => {
    const target = await startTarget([200, ''], [400, ''], [200, '["friend@example.com"]'], [500, ''])
    const { url, stdout } = await startListen('--forward', `${target.url}/hook`)
    const sent = [
      await post(url, JSON.stringify(REWARD, null, 2)),
      await post(`${url}/ignored`, VALIDATION),
      await post(url, AUTHORIZATION),
      await post(url, REWARD)
    ]
    expect(sent.map(({ status, text }) => [status, text])).toEqual([
      [200, ''],
      [400, ''],
      [200, '["friend@example.com"]'],
      [500, '']
    ])
    expect(target.requests).toEqual(
      sent.map(({ body, signature }) => ({ url: '/hook', method: 'POST', signature, body }))
    )
    await eventually(() => stdout().includes(`forwarded to ${target.url}/hook: 500 in `))
  })

  it('keeps the path if the address of --forward has none, and does not forward a forged request', async () => {
    const target = await startTarget()
    const { url } = await startListen('--forward', target.url)
    expect((await post(`${url}/validate?shop=1`, VALIDATION, 'another key')).status).toBe(401)
    await post(`${url}/validate?shop=1`, VALIDATION)
    expect(target.requests.map((request) => request.url)).toEqual(['/validate?shop=1'])
  })

  it('responds 502 if the handler is down', async () => {
    const target = await startTarget()
    servers.splice(0)[0]?.close()
    const { url, stdout } = await startListen('--forward', target.url)
    expect((await post(url, REWARD)).status).toBe(502)
    await eventually(() => /forwarded to .*ECONNREFUSED/.test(stdout()))
  })

  it('shows text that would move the cursor of a terminal as escapes', async () => {
    const { url, stdout } = await startListen()
    await post(url, { ...REWARD, data: [{ rewardId: '\u009b2J', note: '\u001b[2J' }] })
    await eventually(() => stdout().includes('note'))
    expect(stdout()).not.toMatch(/[\u001b\u009b]/)
  })

  it.each([
    ['without --secret-env', [], /--secret-env <name>/],
    ['if the variable is missing', ['--secret-env', 'NO_SUCH_KEY'], /missing or blank/],
    ['for an invalid port', ['--secret-env', 'K', '--port', '70000'], /integer from 0 to 65535/],
    ['for an invalid address', ['--secret-env', 'K', '--forward', 'localhost:3000'], /an address such as/]
  ])('exits with 2 %s', async (_what, args, message) => {
    const { code, stderr } = await runCli(['listen', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('does not repeat a key that was passed in place of the name of its variable', async () => {
    const { code, stdout, stderr } = await runCli(['listen', '--secret-env', 'fb_secret_5f0c1e7a'])
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain('fb_secret')
  })

  it('exits with 2 if the port is taken', async () => {
    const { url } = await startTarget()
    const { port } = new URL(url)
    const args = ['listen', '--port', port, '--secret-env', 'SHOP_KEY']
    const { code, stderr } = await runCli(args, { env: { SHOP_KEY: secretKey } })
    expect(stderr).toContain(`Cannot listen on port ${port}`)
    expect(code).toBe(2)
  })
})

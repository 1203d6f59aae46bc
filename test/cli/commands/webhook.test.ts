import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createEmailAuthorizationHandler,
  createRewardValidationHandler,
  createWebhookHandler,
  type RequestHandler,
  toNodeListener
} from '../../../src/webhooks'
import { newSettings } from '../../support/credentials'
import { runCli } from '../../support/run-cli'

const { authSecret: secretKey } = newSettings()
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const serve = async (handle: RequestHandler) => {
  const server = createServer(toNodeListener(handle)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

const send = (type: string, url: string, ...args: string[]) =>
  runCli(['webhook', 'send', type, '--url', url, '--secret-env', 'SHOP_KEY', ...args], {
    env: { SHOP_KEY: secretKey }
  })

const onError = () => undefined
describe('webhook send', () => {
  it('posts the same example several times with --times', async () => {
    const keys: string[] = []
    const once = (key: string) => keys.push(key)
    const url = await serve(
      createWebhookHandler({ secretKey, once, on: { advocateReward: () => undefined } })
    )
    const { code, stdout } = await send('advocateReward', url, '--times', '3')
    expect(stdout).toMatch(/^(200 in \d+ ms: done\n){3}$/)
    expect(code).toBe(0)
    expect([keys.length, new Set(keys).size]).toEqual([3, 1])
  })

  it.each([
    [true, 0, /^200 in \d+ ms: Friendbuy would give the reward\n$/],
    [false, 0, /^400 in \d+ ms: Friendbuy would reject the reward permanently\n$/]
  ])('asks for a reward validation: %s', async (isValid, expected, message) => {
    const url = await serve(createRewardValidationHandler({ secretKey, isValid: () => isValid }))
    const { code, stdout } = await send('rewardValidation', url)
    expect(stdout).toMatch(message)
    expect(code).toBe(expected)
  })

  it('asks for an email authorization, and shows the response', async () => {
    const allowed = ([first = '']: string[]) => [first]
    const url = await serve(createEmailAuthorizationHandler({ secretKey, allowed }))
    const { code, stdout } = await send('emailAuth', url)
    expect(stdout).toMatch(/^200 in \d+ ms: done\. \["friend@example\.com"\]\n$/)
    expect(code).toBe(0)
  })

  it('exits with 1 for a response after which Friendbuy sends it again, and says why', async () => {
    const url = await serve(createWebhookHandler({ secretKey: 'another key', onError, on: {} }))
    const { code, stdout } = await send('receipt', url)
    expect(stdout).toMatch(/^401 in \d+ ms: Friendbuy would send it again\. .*not the MAPI secret/)
    expect(code).toBe(1)
  })

  it('exits with 1 if the handler is down', async () => {
    const url = await serve(() => Promise.resolve(new Response()))
    servers.splice(0)[0]?.close()
    const { code, stdout } = await send('receipt', url)
    expect(stdout).toMatch(/^no response in \d+ ms: Friendbuy would send it again\. .*ECONNREFUSED/)
    expect(code).toBe(1)
  })

  it.each([
    ['an unknown type', 'advocateRewards', 'http://localhost', /Allowed choices are advocateReward/],
    ['an invalid address', 'receipt', 'localhost:3000', /an address such as/]
  ])('exits with 2 for %s', async (_what, type, url, message) => {
    const { code, stderr } = await send(type, url)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('exits with 2 if the variable of the key is blank', async () => {
    const args = ['webhook', 'send', 'receipt', '--url', 'http://localhost', '--secret-env', 'SHOP_KEY']
    const { code, stderr } = await runCli(args, { env: { SHOP_KEY: ' ' } })
    expect(stderr).toMatch(/missing or blank/)
    expect(code).toBe(2)
  })
})

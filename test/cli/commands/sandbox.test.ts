import { createMapiClient } from '../../../src/mapi'
import { startSandbox } from '../../../src/sandbox'
import { newSettings } from '../../support/credentials'
import { runCli, startCli } from '../../support/run-cli'

/** Starts the sandbox of the command line on a free port, and resolves with its address when it listens. */
const startCliSandbox = async (...args: string[]) => {
  const child = startCli(['sandbox', '--port', '0', ...args])
  let stdout = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.on('close', () => {
      reject(new Error(`it ended: ${stdout}`))
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0]
      if (address) resolve(address)
    })
  })
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, url, closed, stdout: () => stdout }
}

describe('sandbox', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('runs until %s, with a line for each call', async (signal) => {
    const { child, url, closed, stdout } = await startCliSandbox()
    const { authKey: key, authSecret: secret } = newSettings()
    const mapi = createMapiClient({ key, secret, mapiUrl: url })
    const body = { orderId: 'o-1', amount: 1, currency: 'USD' }
    const { eventId } = await mapi.postPurchaseEvent(body)
    await mapi.postPurchaseEvent(body)
    child.kill(signal)
    expect(await closed).toBe(0)
    expect(stdout()).toMatch(/ {2}200 {2}POST \/v1\/authorization/)
    expect(stdout()).toContain(`201  POST /v1/event/purchase`)
    expect(stdout()).toContain(`duplicate of ${eventId}`)
    for (const credential of [key, secret]) expect(stdout()).not.toContain(credential)
  })

  it('answers 429 above a rate', async () => {
    const { child, url, closed } = await startCliSandbox('--rate', '1')
    try {
      const { authKey: key, authSecret: secret } = newSettings()
      const mapi = createMapiClient({ key, secret, mapiUrl: url, retries: 0 })
      const calls = Array.from({ length: 5 }, (_, index) =>
        mapi.postPurchaseEvent({ orderId: `o-${index}`, amount: 1, currency: 'USD' })
      )
      const results = await Promise.allSettled(calls)
      expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(3)
    } finally {
      child.kill()
      await closed
    }
  })

  it.each([
    ['a port that is none', ['--port', '70000'], /an integer from 0 to 65535/],
    ['webhooks without a key', ['--webhook-url', 'http://127.0.0.1:1'], /--webhook-url needs --secret-env/],
    [
      'webhooks with a blank key',
      ['--webhook-url', 'http://127.0.0.1:1', '--secret-env', 'NO_SUCH_KEY'],
      /missing or blank/
    ],
    ['validations without webhooks', ['--validation-url', 'http://127.0.0.1:1'], /needs --webhook-url/],
    ['a rate that is none', ['--rate', 'fast'], /an integer of at least 1/]
  ])('exits with 2 for %s', async (_what, args, message) => {
    const { code, stderr } = await runCli(['sandbox', ...args])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('exits with 2 where the port is taken, and says so', async () => {
    const other = await startSandbox()
    try {
      const { port } = new URL(other.url)
      const { code, stderr } = await runCli(['sandbox', '--port', port])
      expect(stderr).toContain(`Cannot listen on port ${port}: listen EADDRINUSE`)
      expect(code).toBe(2)
    } finally {
      await other.close()
    }
  })
})

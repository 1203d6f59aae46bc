import { get } from 'node:http'
import type { Fault, Sandbox } from '../../src/sandbox'
import {
  aUuid,
  authorize,
  created,
  customEvent,
  newCredentials,
  newMerchant,
  newSandbox,
  purchase,
  refusal,
  send
} from './call'

const NOW = Date.parse('2026-11-21T10:00:00.000Z')

const failure = { status: 500, body: {} }
const success = { status: 201, body: created }

afterEach(() => {
  jest.restoreAllMocks()
})

/** A sandbox with a fault that begins once a merchant has a token. */
const newFaulty = async (fault: Fault) => {
  const sandbox = await newSandbox()
  const merchant = await newMerchant(sandbox)
  sandbox.injectFault(fault)
  return { sandbox, ...merchant }
}

/** The latest record, as far as it says what became of the call. */
const outcome = ({ records }: Sandbox) => {
  const { status, eventId, duplicateOf } = records.at(-1) ?? {}
  return { status, eventId, duplicateOf }
}

describe('A status in place of an answer', () => {
  it('comes with an empty JSON object', async () => {
    const { sandbox, authorization } = await newFaulty({ status: 503 })

    const response = await send(sandbox, 'POST', '/v1/event/purchase', { authorization, body: purchase })

    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe('{}')
  })

  it.each([
    ['an object', { error: 'Teapot', code: 418 }, '{"error":"Teapot","code":418}'],
    ['a string, as it is', 'short and "stout"', 'short and "stout"']
  ])('comes with %s', async (_, body, text) => {
    const { sandbox, authorization } = await newFaulty({ status: 418, body })

    const response = await send(sandbox, 'POST', '/v1/event/purchase', { authorization, body: purchase })

    expect(response.status).toBe(418)
    expect(await response.text()).toBe(text)
  })

  it('comes with headers', async () => {
    const { sandbox, authorization } = await newFaulty({
      status: 429,
      body: 'Slow down',
      headers: { 'retry-after': '7', 'content-type': 'text/plain' }
    })

    const { headers } = await send(sandbox, 'POST', '/v1/event/purchase', { authorization, body: purchase })

    expect(headers.get('retry-after')).toBe('7')
    expect(headers.get('content-type')).toBe('text/plain')
  })

  it('leaves the call unprocessed', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ status: 201, body: { eventId: 'e-1' } }, { times: 1 })

    expect(await post('/v1/event/purchase', purchase)).toEqual({ status: 201, body: { eventId: 'e-1' } })
    expect(outcome(sandbox)).toEqual({ status: 201 })

    await post('/v1/event/purchase', purchase)
    expect(outcome(sandbox)).toEqual({ status: 201, eventId: aUuid })
  })
})

describe("A gateway's page", () => {
  it('is HTML with a status, and leaves the call unprocessed', async () => {
    const { sandbox, authorization } = await newFaulty({ html: 502 })

    const response = await send(sandbox, 'POST', '/v1/event/purchase', { authorization, body: purchase })

    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toMatch(/^<!doctype html><html>.*502.*<\/html>$/)
    expect(outcome(sandbox)).toEqual({ status: 502 })
  })
})

describe('A dropped connection', () => {
  it('before the call leaves it unprocessed', async () => {
    const sandbox = await newSandbox()
    const { name, post } = await newMerchant(sandbox)
    sandbox.injectFault({ drop: 'before' }, { times: 1 })

    await expect(post('/v1/event/purchase', purchase)).rejects.toThrow('fetch failed')
    expect(outcome(sandbox)).toEqual({})
    expect(sandbox.records.at(-1)).toMatchObject({ path: '/v1/event/purchase', body: purchase })

    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
    expect(outcome(sandbox)).toEqual({ status: 201, eventId: aUuid })
    expect(sandbox.records.at(-1)).toMatchObject({ merchant: name })
  })

  it('after the call leaves it processed, so that a retry is a duplicate', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ drop: 'after' }, { times: 1 })

    await expect(post('/v1/event/purchase', purchase)).rejects.toThrow('fetch failed')
    const { eventId } = outcome(sandbox)
    expect(outcome(sandbox)).toEqual({ status: 201, eventId: aUuid })

    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
    expect(outcome(sandbox)).toEqual({ status: 201, eventId: aUuid, duplicateOf: eventId })
  })
})

describe('An answer cut short', () => {
  it('ends in the middle of its body', async () => {
    const { sandbox, authorization } = await newFaulty({ cutShort: true })

    const { text, length, complete } = await new Promise<{ text: string; length: number; complete: boolean }>(
      (resolve, reject) => {
        get(
          `${sandbox.url}/v1/user-data?email=ada@example.com`,
          { headers: { authorization } },
          (response) => {
            let text = ''
            response.on('data', (chunk: Buffer) => (text += chunk.toString()))
            response.on('error', () => undefined)
            response.on('close', () => {
              resolve({
                text,
                length: Number(response.headers['content-length']),
                complete: response.complete
              })
            })
          }
        ).on('error', reject)
      }
    )

    expect(complete).toBe(false)
    expect(text).toMatch(/^\{"emails":\[\]/)
    expect(text).toHaveLength(Math.floor(length / 2))
  })

  it('leaves the call processed', async () => {
    const { sandbox, authorization } = await newFaulty({ cutShort: true })

    const response = await send(sandbox, 'POST', '/v1/event/purchase', { authorization, body: purchase })

    expect(response.status).toBe(201)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(outcome(sandbox)).toEqual({ status: 201, eventId: aUuid })
  })
})

describe('Latency', () => {
  // A timer may fire a millisecond early.
  const timed = async (run: () => Promise<unknown>) => {
    const startedAt = performance.now()
    const result = await run()
    return { result, waitedMs: performance.now() - startedAt + 1 }
  }

  it('makes an answer late', async () => {
    const { post } = await newFaulty({ latencyMs: 40 })

    const { result, waitedMs } = await timed(() => post('/v1/event/purchase', purchase))

    expect(result).toEqual(success)
    expect(waitedMs).toBeGreaterThanOrEqual(40)
  })
})

describe('A fault', () => {
  it('hits all calls until it is undone', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    const undo = sandbox.injectFault({ status: 500 })

    expect(await post('/v1/event/purchase', purchase)).toEqual(failure)
    expect(await post('/v1/event/custom', customEvent)).toEqual(failure)
    undo()
    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
    undo()
    expect(await post('/v1/event/custom', customEvent)).toEqual(success)
  })

  it('stays when another is undone', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ status: 500 })
    const undo = sandbox.injectFault({ status: 503 })

    expect(await post('/v1/event/purchase', purchase)).toEqual({ status: 503, body: {} })
    undo()
    expect(await post('/v1/event/purchase', purchase)).toEqual(failure)
  })

  it('hits as many calls as it is for', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ status: 500 }, { times: 2 })

    expect(await post('/v1/event/purchase', purchase)).toEqual(failure)
    expect(await post('/v1/event/custom', customEvent)).toEqual(failure)
    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
  })

  it('hits only the calls of its path, and counts only those', async () => {
    const sandbox = await newSandbox()
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ status: 500 }, { path: '/v1/event/purchase', times: 1 })

    expect(await post('/v1/event/custom', customEvent)).toEqual(success)
    expect(await authorize(sandbox, newCredentials())).toMatchObject({ status: 200 })
    expect(await post('/v1/event/purchase', purchase)).toEqual(failure)
    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
  })

  it('hits its share of the calls, and counts only those', async () => {
    const drawn = [0.5, 0, 0.999, 0.499, 0]
    const sandbox = await newSandbox({ random: () => drawn.shift() ?? NaN })
    const { post } = await newMerchant(sandbox)
    sandbox.injectFault({ status: 500 }, { share: 0.5, times: 2 })

    const statuses: number[] = []
    for (let number = 1; number <= 5; number += 1) {
      statuses.push((await post('/v1/event/purchase', purchase)).status)
    }

    expect(statuses).toEqual([201, 500, 201, 500, 201])
  })

  it.each([99, 600, 200.5])('is none of the status %p', async (status) => {
    const sandbox = await newSandbox()
    expect(() => sandbox.injectFault({ status })).toThrow(RangeError)
    expect(() => sandbox.injectFault({ html: status })).toThrow(RangeError)
  })
})

describe('A limit of calls a second', () => {
  const tooMany = refusal(429)

  it('is told with the time to come again', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const sandbox = await newSandbox({ ratePerSecond: 2 })
    const { authorization, name, post } = await newMerchant(sandbox)

    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
    now.mockReturnValue(NOW + 999)
    expect(await post('/v1/event/custom', customEvent)).toEqual(success)
    expect(await post('/v1/event/custom', customEvent)).toEqual(tooMany)
    const { headers } = await send(sandbox, 'GET', '/v1/customers?id=c-1', { authorization })
    expect(headers.get('retry-after')).toBe('1')
    expect(sandbox.records.at(-1)).toMatchObject({ merchant: name, status: 429 })

    now.mockReturnValue(NOW + 1000)
    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
    expect(await post('/v1/event/custom', customEvent)).toEqual(success)
    expect(await post('/v1/event/custom', customEvent)).toEqual(tooMany)
  })

  it('is none for authorizations', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW)
    const sandbox = await newSandbox({ ratePerSecond: 1 })

    for (let number = 1; number <= 3; number += 1) {
      expect(await authorize(sandbox, newCredentials())).toMatchObject({ status: 200 })
    }
    const { post } = await newMerchant(sandbox)
    expect(await post('/v1/event/purchase', purchase)).toEqual(success)
  })
})

import { createMapiClient, MapiError, UnavailableError } from '../../src/mapi'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { rejectionOf } from '../support/sandboxed'

const CLICKS = '/v1/analytics/clicks'
const range = { fromDate: '2024-01-01T00:00:00Z', toDate: '2024-01-31T00:00:00Z' }

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox()
})

afterEach(() => sandbox.close())

const newClient = () => {
  const { authKey: key, authSecret: secret } = newSettings()
  return createMapiClient({ key, secret, mapiUrl: sandbox.url, retries: 0 })
}

const requests = () => sandbox.records.filter(({ path }) => path === CLICKS)

/** A client whose account has five clicks, two a page: three pages and an empty one. */
const newReport = async () => {
  const mapi = newClient()
  await mapi.postPersonalReferralLink({ email: 'ada@example.com', campaignId: 'c', seed: 'ada' })
  for (let day = 1; day <= 5; day += 1) {
    const createdOn = `2024-01-0${day}T00:00:00.000Z`
    sandbox.simulate({ type: 'click', referralCode: 'ada', createdOn, destinationUrl: `/${day}` })
  }
  return { mapi, clicks: mapi.getClicks({ ...range, pageSize: 2 }) }
}

const collect = async <Item>(items: AsyncIterable<Item>) => {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('A report in pages', () => {
  it('is walked to its end, one page after the other', async () => {
    const { clicks } = await newReport()
    expect((await collect(clicks)).map(({ destinationUrl }) => destinationUrl)).toEqual([
      '/1',
      '/2',
      '/3',
      '/4',
      '/5'
    ])
    expect(requests().map(({ query }) => Object.keys(query))).toEqual([
      ['fromDate', 'toDate', 'pageSize'],
      ['pageToken'],
      ['pageToken'],
      ['pageToken']
    ])
  })

  it('sends nothing before it is used, and starts over with each iteration', async () => {
    const { clicks } = await newReport()
    await new Promise(setImmediate)
    expect(requests()).toEqual([])
    expect(await collect(clicks)).toEqual(await collect(clicks))
    expect(requests()).toHaveLength(8)
  })

  it('gives its first page to any number of awaits, for one request', async () => {
    const { clicks } = await newReport()
    const [first, again] = [await clicks, await clicks.then((page) => page)]
    expect(first.results).toHaveLength(2)
    expect(again).toBe(first)
    expect(requests()).toHaveLength(1)
    const finished = jest.fn()
    await clicks.finally(finished)
    expect(finished).toHaveBeenCalledTimes(1)
  })

  it('sends nothing more after a break', async () => {
    const { clicks } = await newReport()
    for await (const { destinationUrl } of clicks) if (destinationUrl === '/3') break
    expect(requests()).toHaveLength(2)
  })

  it('resumes from the token of a page, also in another process', async () => {
    const { mapi, clicks } = await newReport()
    let pageToken = ''
    for await (const page of clicks.pages()) {
      pageToken = page.nextPageToken ?? ''
      break
    }
    const rest = await mapi.getClicks({ pageToken, channel: 'purl' }).toArray({ limit: 10 })
    expect(rest.map(({ destinationUrl }) => destinationUrl)).toEqual(['/3', '/4', '/5'])
  })

  it('fails with the error of a page, and can be iterated again', async () => {
    const { clicks } = await newReport()
    const seen: unknown[] = []
    const walk = async () => {
      for await (const click of clicks) {
        seen.push(click.destinationUrl)
        if (seen.length === 2) sandbox.injectFault({ status: 503 }, { path: CLICKS, times: 1 })
      }
    }
    expect(await rejectionOf(walk())).toBeInstanceOf(UnavailableError)
    expect(seen).toEqual(['/1', '/2'])
    expect(await collect(clicks)).toHaveLength(5)
  })

  it('gathers at most as many items as the limit says', async () => {
    const { clicks } = await newReport()
    expect(await clicks.toArray({ limit: 3 })).toHaveLength(3)
    expect(requests()).toHaveLength(2)
    expect(await clicks.toArray({ limit: 0 })).toEqual([])
    // @ts-expect-error a limit is required
    await expect(clicks.toArray({})).rejects.toThrow(TypeError)
  })

  it('rejects an await and an iteration alike for an invalid query', async () => {
    // @ts-expect-error neither dates nor a token
    const clicks = newClient().getClicks({ channel: 'email' })
    const expected = 'getClicks: fromDate and toDate: required without a pageToken'
    await expect(clicks).rejects.toThrow(expected)
    expect((await rejectionOf(collect(clicks))).message).toBe(expected)
    expect(sandbox.records).toEqual([])
  })

  it('ends with an error if a token comes for the second time', async () => {
    sandbox.injectFault({ status: 200, body: { results: [{}], nextPageToken: 't' } }, { path: CLICKS })
    const error = await rejectionOf(collect(newClient().getClicks({ pageToken: 't' })))
    expect(error).toBeInstanceOf(MapiError)
    expect(error.code).toBe('PAGE_TOKEN_REPEATED')
  })
})

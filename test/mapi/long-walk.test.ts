import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMapiClient } from '../../src/mapi'
import { newSettings } from '../support/credentials'

const ROWS = 100_000
const PAGE = 500

/** Longest that the heap may grow in the second half of the walk, in bytes; all rows together take over 30 MB. */
const MAX_GROWTH = 8 * 1024 * 1024

const row = {
  campaignId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
  channel: 'purl',
  userAgent: 'x'.repeat(200)
}

/** Size of the heap after a garbage collection, in bytes. */
const heapUsed = async () => {
  await new Promise(setImmediate)
  const { setFlagsFromString } = await import('node:v8')
  const { runInNewContext } = await import('node:vm')
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

it(`walks ${ROWS} rows with a heap that does not grow`, async () => {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://mapi')
    const start = Number(searchParams.get('pageToken') ?? 0)
    const body =
      pathname === '/v1/authorization'
        ? { token: 'a-token', expires: new Date(Date.now() + 1_200_000).toISOString() }
        : {
            results: Array.from({ length: Math.min(PAGE, ROWS - start) }, (_, index) => ({
              ...row,
              referralCode: `code-${start + index}`
            })),
            nextPageToken: start < ROWS ? String(start + PAGE) : undefined
          }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { authKey: key, authSecret: secret } = newSettings()
  const mapiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const mapi = createMapiClient({ key, secret, mapiUrl })
  try {
    let rows = 0
    let halfway = 0
    let end = 0
    for await (const click of mapi.getClicks({
      fromDate: '2024-01-01',
      toDate: '2024-02-01',
      pageSize: PAGE
    })) {
      // An expectation for each row would take longer than the walk.
      if (click.referralCode !== `code-${rows}`) throw new Error(`row ${rows} is ${click.referralCode ?? ''}`)
      rows += 1
      if (rows === ROWS / 2) halfway = await heapUsed()
      // Within the walk, since what it held is garbage behind it.
      if (rows === ROWS) end = await heapUsed()
    }
    expect(rows).toBe(ROWS)
    expect(end - halfway).toBeLessThan(MAX_GROWTH)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

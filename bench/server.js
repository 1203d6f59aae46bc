/*
 * MAPI as the bench needs it, in a process of its own that run.mjs forks: answers every event with the same 201, as
 * cheaply as it can, and counts. GET /stats gives the counts since the last GET /reset; after GET /reset?orders=N it also
 * counts how often each order from order-00000000 on came.
 */
const { readFileSync } = require('node:fs')
const { createServer } = require('node:https')

const { BENCH_KEY, BENCH_CERTIFICATE } = process.env

const TOKEN_LIFETIME_MS = 20 * 60_000

const asJson = (text) => ({ 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })

const ACCEPTED = '{"eventId":"2150cb2a-e633-4d63-af5d-ee4ce36a2cb3","createdOn":"2026-03-02T09:21:44.018Z"}'
const ACCEPTED_HEADERS = asJson(ACCEPTED)

let counts
const reset = (orders = 0) => {
  const times = new Uint8Array(orders)
  counts = { events: 0, authorizations: 0, tokens: new Set(), times, cpu: process.cpuUsage() }
}
reset()

/** The events and authorizations so far, how many tokens the events came with, and this process's own time. */
const stats = () => {
  const { user, system } = process.cpuUsage(counts.cpu)
  const { times, ...others } = counts
  const lost = times.filter((time) => time === 0).length
  const doubled = times.filter((time) => time > 1).length
  return { ...others, tokens: counts.tokens.size, lost, doubled, cpu: user + system }
}

/** Counts the order of a request, if orders are counted. */
const countOrder = (request) => {
  if (counts.times.length === 0) return request.resume()
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    counts.times[Number(/"orderId":"order-(\d{8})"/.exec(body)[1])] += 1
  })
}

const answer = (response, value) => {
  const text = JSON.stringify(value)
  response.writeHead(200, asJson(text)).end(text)
}

const answerCounts = (request, response) => {
  request.resume()
  const [path, orders = '0'] = request.url.split('?orders=')
  if (path === '/reset') reset(Number(orders))
  answer(response, stats())
}

const authorize = (request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    counts.authorizations += 1
    const expires = new Date(Date.now() + TOKEN_LIFETIME_MS).toISOString()
    answer(response, { tokenType: 'Bearer', token: `token-of-${JSON.parse(body).key}`, expires })
  })
}

const server = createServer(
  { key: readFileSync(BENCH_KEY), cert: readFileSync(BENCH_CERTIFICATE), keepAliveTimeout: 600_000 },
  (request, response) => {
    if (request.url === '/v1/authorization') return authorize(request, response)
    if (request.method === 'GET') return answerCounts(request, response)
    countOrder(request)
    request.on('end', () => {
      counts.events += 1
      counts.tokens.add(request.headers.authorization)
      response.writeHead(201, ACCEPTED_HEADERS).end(ACCEPTED)
    })
  }
)

server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())

/** Loaded before a script of the documents: sends calls of Friendbuy's MAPI to a sandbox, and allows no other connection. */
const nock = require('nock')

nock.disableNetConnect()
nock.enableNetConnect(/^(127\.0\.0\.1|localhost)/)

const forward = async function (path, body) {
  const { method, headers } = this.req
  const response = await fetch(process.env.DOCUMENT_MAPI + path, {
    method,
    headers: { 'content-type': 'application/json', authorization: [headers.authorization ?? ''].flat()[0] },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  return [response.status, await response.text(), { 'content-type': 'application/json' }]
}

const mapi = nock('https://mapi.fbot.me').persist()
mapi.get(/.*/).reply(forward)
mapi.post(/.*/).reply(forward)
mapi.delete(/.*/).reply(forward)

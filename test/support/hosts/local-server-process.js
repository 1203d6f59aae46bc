/*
 * Segment's local server: `node local-server-process.js MAPI_PORT` requires the built package, uses its default export, and
 * prints the port on which it takes `POST /ACTION {payload, settings}`, `/delete` and `/authenticate`. What is meant for
 * Friendbuy's own MAPI goes to MAPI_PORT of this machine, and nothing goes anywhere else.
 */
const http = require('node:http')
const https = require('node:https')

https.request = ({ hostname, method, path, headers }, onResponse) => {
  if (hostname !== 'mapi.fbot.me') throw new Error(`not to be called: ${hostname}`)
  return http.request({ host: '127.0.0.1', port: process.argv[2], method, path, headers }, onResponse)
}

const { Destination } = require('@segment/actions-core')
const destination = new Destination(require('../../../dist').default)

const run = async (route, { payload, settings }) => {
  if (route === 'authenticate') return destination.testAuthentication(settings)
  if (route === 'delete') return destination.onDelete(payload, settings)
  const action = destination.actions[route]
  const mapping = Object.fromEntries(
    Object.entries(action.definition.fields).flatMap(([key, field]) =>
      field.default === undefined ? [] : [[key, field.default]]
    )
  )
  const bundle = { data: payload, settings, mapping, auth: {} }
  return Array.isArray(payload) ? action.executeBatch(bundle) : action.execute(bundle)
}

const server = http.createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const answer = await run(request.url.slice(1), JSON.parse(Buffer.concat(chunks))).then(
    (result) => ({ result }),
    ({ status = 500, message }) => ({ error: { status, message } })
  )
  response.end(JSON.stringify(answer))
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))

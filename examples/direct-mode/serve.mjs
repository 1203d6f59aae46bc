/*
 * Serves a shop's page with the browser destination, and a stand-in for Friendbuy's script that shows each push.
 * node examples/direct-mode/serve.mjs [port]
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

const own = (name) => join(import.meta.dirname, name)

const find = (name, hint) => {
  try {
    return require.resolve(name)
  } catch {
    console.error(`${name} is missing: ${hint}`)
    process.exit(1)
  }
}

const segment = find('@segment/analytics-next', 'run "npm install @segment/analytics-next".')

const FILES = {
  '/': [own('index.html'), 'text/html'],
  '/style.css': [own('style.css'), 'text/css'],
  '/shop.js': [own('shop.js'), 'text/javascript'],
  '/stand-in.js': [own('stand-in.js'), 'text/javascript'],
  '/friendbuy.min.js': [
    find('actions-friendbuy-cloud/web/friendbuy.min.js', 'run "npm run build".'),
    'text/javascript'
  ],
  '/analytics.js': [join(dirname(segment), '../umd/index.js'), 'text/javascript']
}

/** Settings of a source that sends its events to no server. */
const SETTINGS = JSON.stringify({ integrations: {}, metrics: { sampleRate: 0 } })

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://shop')
  if (pathname.endsWith('/settings')) {
    response.setHeader('content-type', 'application/json').end(SETTINGS)
    return
  }
  const [file, type] = FILES[pathname] ?? []
  if (file === undefined) {
    response.writeHead(404).end()
    return
  }
  response.setHeader('content-type', `${type}; charset=utf-8`).end(await readFile(file))
})

server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})

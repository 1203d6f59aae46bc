import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Response of a test site. */
export interface SiteResponse {
  body: string
  /** @default 'text/html' */
  type?: string
  headers?: Record<string, string>
}

/** Web server on loopback for the pages of one test file. */
export interface TestSite {
  url: string
  close: () => Promise<void>
}

/** Starts a web server that gives each response from a function of the path and the request's body. */
export const startSite = async (
  respond: (path: string, body: string) => SiteResponse | undefined
): Promise<TestSite> => {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      const found = respond(new URL(request.url ?? '/', 'http://site').pathname, body)
      if (found === undefined) return void response.writeHead(404).end()
      const type = `${found.type ?? 'text/html'}; charset=utf-8`
      response.writeHead(200, { 'content-type': type, ...found.headers }).end(found.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Starts Segment's local server with the built package, whose calls of MAPI go to a sandbox. */
export const startLocalServer = async (mapiUrl: string) => {
  if (!existsSync(join(__dirname, '../../../dist/index.js'))) {
    throw new Error('There is no built package: run "npm run build" first.')
  }
  const child = spawn(process.execPath, [join(__dirname, 'local-server-process.js'), new URL(mapiUrl).port], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    post: async (route: string, body: object): Promise<unknown> => {
      const url = `http://127.0.0.1:${port.toString().trim()}/${route}`
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
      return response.json()
    },
    close: () => child.kill()
  }
}

/* The wire: undici alone, with bodies that are ready. */
const { createRequire } = require('node:module')
const { join } = require('node:path')
const { atOnce } = require('../at-once')

module.exports = {
  loadSendFile: ({ body }) => {
    const { Pool } = createRequire(join(__dirname, '../.peer/package.json'))('undici')
    const headers = { 'content-type': 'application/json', authorization: 'Bearer a-token' }
    const text = JSON.stringify(body)
    let pool
    return async (_file, { count, concurrency }) => {
      pool ??= new Pool('https://mapi.fbot.me', { connections: concurrency })
      await atOnce(concurrency, Array.from({ length: count }), async () => {
        const response = await pool.request({
          method: 'POST',
          path: '/v1/event/purchase',
          headers,
          body: text
        })
        await response.body.json()
      })
    }
  }
}

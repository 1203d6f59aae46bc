/** Loaded before a script that calls Friendbuy's own MAPI: answers in its place, and allows no other connection. */
const nock = require('nock')

nock.disableNetConnect()
nock('https://mapi.fbot.me')
  .persist()
  .post('/v1/authorization')
  .reply(200, { tokenType: 'Bearer', token: 'a-token', expires: '2099-01-01T00:00:00Z' })
  .post('/v1/event/purchase')
  .reply(201, (_path, body) => {
    console.log(`purchase ${JSON.stringify(body)}`)
    return { eventId: 'event-1', createdOn: '2026-11-21T10:00:00Z' }
  })
  .delete('/v1/user-data')
  .query(true)
  .reply(200, (path) => {
    console.log(`delete ${path}`)
    return { jobId: 'job-1' }
  })

const { createMapiClient } = require('actions-friendbuy-cloud/mapi')
const { createProducer } = require('actions-friendbuy-cloud/queue')
const { startSandbox } = require('actions-friendbuy-cloud/sandbox')

let sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
})

afterAll(() => sandbox.close())

it('calls MAPI', async () => {
  const client = createMapiClient({ key: 'key', secret: 'secret', mapiUrl: sandbox.url })
  const { createdOn } = await client.postCustomer({
    customerId: 'customer-1',
    email: 'ada.byron@example.com'
  })
  expect(createdOn).toEqual(expect.any(String))
})

it('records calls in a sandbox', () => {
  expect(sandbox.records.map(({ path }) => path)).toEqual(['/v1/authorization', '/v1/customer'])
})

it('looks for the packages of the queue', async () => {
  await expect(createProducer()).rejects.toThrow('The queue needs ioredis')
})

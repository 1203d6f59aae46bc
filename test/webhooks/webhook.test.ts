import { keyOfItem, signWebhook, verifyWebhook, type Webhook, WebhookError } from '../../src/webhooks'
import { ADVOCATE_REWARD, SECRET_KEY, toSigned } from './bodies'

/** An item of each type, with its key. */
const ITEMS: [type: string, item: object, key: string][] = [
  ['advocateReward', { rewardId: 'r-1' }, '["advocateReward","r-1"]'],
  ['friendIncentive', { rewardId: 'r-1' }, '["friendIncentive","r-1"]'],
  ['loyaltyReward', { rewardId: 'r-1' }, '["loyaltyReward","r-1"]'],
  ['emailCapture', { eventId: 'e-1' }, '["emailCapture","e-1"]'],
  [
    'emailOptOut',
    { emailAddress: 'a@example.com', campaignId: 'c-1' },
    '["emailOptOut","a@example.com","c-1"]'
  ],
  ['receipt', { receiptId: 'r-1', status: 'approved' }, '["receipt","r-1","approved"]'],
  ['ledgerTransaction', { transactionId: 't-1' }, '["ledgerTransaction","t-1"]'],
  [
    'customerUpdate',
    { customerId: 'c-1', updatedOn: '2026-01-01T00:00:00Z' },
    '["customerUpdate","c-1","2026-01-01T00:00:00Z"]'
  ]
]

const toWebhook = (type: string, ...data: unknown[]) => ({
  id: 'w-1',
  type,
  data,
  createdOn: '2026-01-01T00:00:00Z'
})

const read = async (body: unknown, options?: { maxAgeMs?: number }) =>
  verifyWebhook(await toSigned(body), SECRET_KEY, options)

describe('verifyWebhook', () => {
  it('returns the webhook as it came, unknown properties included', async () => {
    const body = { ...ADVOCATE_REWARD, extra: { new: true } }
    expect(await read(body)).toEqual(body)
  })

  it.each(['newType', 'unknown', '__proto__', 'constructor'])(
    'returns the unknown type "%s" as typeName',
    async (type) => {
      const body = toWebhook(type, { a: 1 })
      expect(await read(body)).toEqual({ ...body, type: 'unknown', typeName: type })
    }
  )

  it.each([
    ['no JSON', '{"id":'],
    ['nothing', ''],
    ['a list', []],
    ['null', null],
    ['no type', { id: 'w-1', data: [] }],
    ['a type that is not a string', { type: 7, data: [] }],
    ['data that is not an array', { type: 'advocateReward', data: {} }],
    ['more levels than a stack has', '['.repeat(500_000)]
  ])('refuses a signed body that is unreadable: %s', async (_what, body) => {
    await expect(read(body)).rejects.toThrow(WebhookError)
    await expect(read(body)).rejects.toMatchObject({ code: 'unreadable' })
  })

  it('reads the bytes that it verified, even if the buffer is reused meanwhile', async () => {
    const { body, headers } = await toSigned(ADVOCATE_REWARD)
    const buffer = Buffer.from(body)
    const verified = verifyWebhook({ body: buffer, headers }, SECRET_KEY)
    buffer.fill(' ')
    expect(await verified).toEqual(ADVOCATE_REWARD)
  })

  it('refuses a body that is not UTF-8 instead of replacing characters', async () => {
    const body = Buffer.from('{"type":"emailOptOut","data":["zo\xeb@example.com"]}', 'latin1')
    const headers = { 'x-friendbuy-hmac-sha256': await signWebhook(body, SECRET_KEY) }
    await expect(verifyWebhook({ body, headers }, SECRET_KEY)).rejects.toMatchObject({ code: 'unreadable' })
  })

  describe('with maxAgeMs', () => {
    const NOW = Date.parse('2026-01-03T00:00:00Z')
    beforeEach(() =>
      jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
    )
    afterEach(() => jest.useRealTimers())

    it('accepts a webhook that is not older', async () => {
      const body = toWebhook('emailOptOut')
      expect(await read(body, { maxAgeMs: 48 * 3_600_000 })).toEqual(body)
    })

    it.each([
      ['older', toWebhook('emailOptOut')],
      ['of no readable age', { ...toWebhook('emailOptOut'), createdOn: 'yesterday' }],
      ['of no age', { type: 'emailOptOut', data: [] }]
    ])('refuses a webhook that is %s', async (_what, body) => {
      await expect(read(body, { maxAgeMs: 48 * 3_600_000 - 1 })).rejects.toMatchObject({ code: 'too_old' })
    })

    it.each([0, -1, NaN])('refuses %d as an age', async (maxAgeMs) => {
      await expect(read(toWebhook('emailOptOut'), { maxAgeMs })).rejects.toThrow(/^maxAgeMs: /)
    })

    it('accepts any age without it', async () => {
      expect(await read(ADVOCATE_REWARD)).toEqual(ADVOCATE_REWARD)
    })
  })
})

describe('keyOfItem', () => {
  it.each(ITEMS)('is made of the ID of a %s', async (type, item, key) => {
    expect(keyOfItem(await read(toWebhook(type, item)), 0)).toBe(key)
  })

  it('is the same in each repetition, and another for each item', async () => {
    const first = await read({
      ...toWebhook('loyaltyReward', { rewardId: 'a' }, { rewardId: 'b' }),
      id: 'w-1'
    })
    const again = await read({ ...toWebhook('loyaltyReward', { rewardId: 'b' }), id: 'w-2' })
    expect(keyOfItem(first, 1)).toBe(keyOfItem(again, 0))
    expect(keyOfItem(first, 0)).not.toBe(keyOfItem(first, 1))
  })

  it.each<[string, unknown]>([
    ['missing', {}],
    ['null', { rewardId: null }],
    ['blank', { rewardId: ' ' }],
    ['that of no object', 'r-1']
  ])("is made of the webhook's ID and the index if the item's ID is %s", async (_what, item) => {
    expect(keyOfItem(await read(toWebhook('loyaltyReward', { rewardId: 'r-1' }, item)), 1)).toBe(
      '["loyaltyReward","w-1",1]'
    )
  })

  it('is made of the type as it came if that is unknown', async () => {
    expect(keyOfItem(await read(toWebhook('newType', { rewardId: 'r-1' })), 0)).toBe('["newType","w-1",0]')
  })

  it('reads a webhook that went through a queue as JSON, also before this version knew its type', () => {
    const queued = JSON.parse(JSON.stringify(toWebhook('toString', {}))) as Webhook
    expect(keyOfItem(queued, 0)).toBe('["toString","w-1",0]')
  })

  it('tells items apart that have no ID at all, nor has their webhook', async () => {
    const one = await read({ type: 'newType', data: [{ a: 1 }] })
    const other = await read({ type: 'newType', data: [{ a: 2 }] })
    expect(keyOfItem(one, 0)).not.toBe(keyOfItem(other, 0))
  })
})

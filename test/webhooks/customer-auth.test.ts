import { createHmac } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { createCustomerAuth, isGenuineVisitorStatus, signWebhook, toInlineScript } from '../../src/webhooks'
import { SECRET_KEY } from './bodies'

const customer = { email: 'test@example.com', customerId: 'c-1', at: new Date('2020-06-12T17:58:44.999Z') }

describe('createCustomerAuth', () => {
  it('signs whole seconds, rounded down, in lower-case hex', async () => {
    const authString = '1591984724:test@example.com:c-1'
    const signature = createHmac('sha256', SECRET_KEY).update(authString).digest('hex')
    expect(await createCustomerAuth(customer, SECRET_KEY)).toEqual({ authString, signature })
  })

  it('signs with the first of several keys, and customers as tracked', async () => {
    const odd = { ...customer, email: 'Zoë@Example.com ', customerId: ' a:b ' }
    const { authString, signature } = await createCustomerAuth(odd, [SECRET_KEY, 'old'])
    expect(authString).toBe('1591984724:Zoë@Example.com : a:b ')
    expect(signature).toBe(createHmac('sha256', SECRET_KEY).update(authString).digest('hex'))
  })

  it('uses the current time by default', async () => {
    const before = Math.floor(Date.now() / 1000)
    const { authString } = await createCustomerAuth({ email: 'a@example.com', customerId: 'c-1' }, SECRET_KEY)
    expect(Number(authString.split(':')[0])).toBeGreaterThanOrEqual(before)
    expect(Number(authString.split(':')[0])).toBeLessThanOrEqual(Date.now() / 1000)
  })

  it.each<[string, object, string]>([
    ['a blank email', { email: ' ' }, SECRET_KEY],
    ['no email', { email: undefined }, SECRET_KEY],
    ['a blank customer ID', { customerId: '' }, SECRET_KEY],
    ['a customer ID that is not a string', { customerId: 7 }, SECRET_KEY],
    ['an email with a colon', { email: 'a@example.com:c-2' }, SECRET_KEY],
    ['an invalid date', { at: new Date('never') }, SECRET_KEY],
    ['a blank key', {}, ' ']
  ])('rejects %s', async (_what, odd, secretKey) => {
    await expect(createCustomerAuth({ ...customer, ...odd }, secretKey)).rejects.toThrow(TypeError)
  })
})

describe('toInlineScript', () => {
  it.each(['c-1', '</script><script>alert(1)</script>', '<!--', 'a"b\\c\u2028\u2029', "'); alert(1); ('"])(
    'is a call that nothing ends: %j',
    async (customerId) => {
      const auth = await createCustomerAuth({ ...customer, customerId }, SECRET_KEY)
      const script = toInlineScript(auth)
      expect(script).not.toMatch(/[<\u2028\u2029]/)
      const window: { friendbuyAPI?: unknown } = {}
      runInNewContext(script, { window })
      expect(JSON.parse(JSON.stringify(window.friendbuyAPI))).toEqual([
        ['auth', auth.authString, auth.signature]
      ])
    }
  )

  it('keeps what is in friendbuyAPI already', () => {
    const window = { friendbuyAPI: [['track']] }
    runInNewContext(toInlineScript({ authString: 'a', signature: 's' }), { window })
    expect(window.friendbuyAPI).toHaveLength(2)
  })
})

describe('isGenuineVisitorStatus', () => {
  const payload = { referralCode: 'abc', advocate: { firstName: 'Zoë' } }
  const text = JSON.stringify(payload)

  it('is true for a payload as text or as an object, by any key', async () => {
    const signature = await signWebhook(text, SECRET_KEY)
    for (const given of [payload, text]) {
      expect(await isGenuineVisitorStatus({ payload: given, signature }, ['new', SECRET_KEY])).toBe(true)
    }
  })

  const circular: Record<string, unknown> = {}
  circular.self = circular
  it.each<[string, unknown]>([
    ['another payload', { payload: { ...payload, isSelfReferral: false }, signature: undefined }],
    ['no payload', { signature: 'text' }],
    ['no signature', { payload }],
    ['a signature that is not a string', { payload, signature: { toString: 1 } }],
    ['what has no JSON', { payload: () => 0, signature: 'x' }],
    ['a circle', { payload: circular, signature: 'x' }],
    ['nothing', undefined],
    ['null', null],
    ['a number', 7]
  ])('is false for %s', async (what, status) => {
    const signature = await signWebhook(text, SECRET_KEY)
    const given = what === 'another payload' ? { ...(status as object), signature } : status
    expect(await isGenuineVisitorStatus(given as never, SECRET_KEY)).toBe(false)
  })

  it('rejects a blank key', async () => {
    await expect(isGenuineVisitorStatus({ payload, signature: '' }, '')).rejects.toThrow(/^secretKey/)
  })
})

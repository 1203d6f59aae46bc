import { PayloadValidationError, RetryableError } from '@segment/actions-core'
import { isRepeatable, mayRetry } from '../../src/mapi/retryable'

const purchase = '/v1/event/purchase'
const signUp = '/v1/event/account-sign-up'
const custom = '/v1/event/custom'

const networkError = (code?: string) => Object.assign(new Error('no answer'), { name: 'FetchError', code })

describe('mayRetry', () => {
  it.each([
    ['a 503', new RetryableError('', 503), true],
    ['a 422', new PayloadValidationError(''), false],
    ['a mistake in a program', new TypeError('x is not a function'), false],
    ['what is no error', 'oops', false]
  ])('judges %s by its status, also for a sign-up', (_what, error, expected) => {
    expect([mayRetry(error, purchase, {}), mayRetry(error, signUp, {})]).toEqual([expected, expected])
  })

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTUNREACH',
    // undici's code for a connection that took too long.
    'UND_ERR_CONNECT_TIMEOUT'
  ])('takes %s for a call that MAPI has not seen', (code) => {
    expect(mayRetry(networkError(code), signUp, {})).toBe(true)
  })

  it.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE', undefined])(
    'repeats after %s only what is not counted twice',
    (code) => {
      const error = networkError(code)
      expect(mayRetry(error, purchase, { orderId: 'o-1' })).toBe(true)
      expect(mayRetry(error, signUp, {})).toBe(false)
    }
  )
})

describe('isRepeatable', () => {
  it.each([
    [purchase, {}, true],
    ['/v1/customer', {}, true],
    ['/v1/authorization', {}, true],
    ['/v1/user-data', undefined, true],
    [custom, { deduplicationId: 'd-1' }, true],
    [custom, { deduplicationId: '' }, false],
    [custom, {}, false],
    [signUp, {}, false],
    ['/proxy/v1/event/account-sign-up', {}, false]
  ])('says of %s with %j: %p', (path, body, expected) => {
    expect(isRepeatable(path, body)).toBe(expected)
  })
})

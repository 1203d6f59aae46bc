import { toRepeat } from '../../src/mapi/repeat'

describe('toRepeat', () => {
  it.each([
    ['/v1/event/purchase', {}, 'always'],
    ['/v1/customer', {}, 'always'],
    ['/v1/user-data', undefined, 'always'],
    ['/v1/event/custom', { deduplicationId: 'd-1' }, 'always'],
    ['/v1/event/custom', { deduplicationId: '' }, 'unlessSeen'],
    ['/v1/event/custom', {}, 'unlessSeen'],
    ['/v1/event/account-sign-up', {}, 'unlessSeen'],
    ['/proxy/v1/event/account-sign-up', {}, 'unlessSeen']
  ])('classifies %s with %j as %s', (path, body, expected) => {
    expect(toRepeat(path, body)).toBe(expected)
  })
})

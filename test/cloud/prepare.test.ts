import { PayloadValidationError } from '@segment/actions-core'
import { type ActionKey, actions } from '../../src'
import { payloadCases, required } from '../cases/payload-cases'

const defaults = {
  pageUrl: { '@path': '$.context.page.url' },
  pageTitle: { '@path': '$.context.page.title' }
}

describe('prepare', () => {
  it.each(Object.entries(payloadCases))('%s', (_name, [action, given, expected, dropped = []]) => {
    const { path, payload, body } = required[action]
    expect(actions[action].prepare({ ...payload, ...given })).toEqual({
      path,
      body: { ...body, ...expected },
      dropped: dropped.map(([name, reason]) => ({ name, reason }))
    })
  })

  it.each<[ActionKey, string, unknown, string]>([
    ['trackCustomer', 'customerId', null, 'Customer ID (customerId) is required, and is missing or blank'],
    ['trackCustomer', 'email', ' ', 'Email (email) is required, and is missing or blank'],
    ['trackPurchase', 'orderId', ' ', 'Order ID (orderId) is required, and is missing or blank'],
    ['trackPurchase', 'amount', ' ', 'Purchase Amount (amount) is required, and is missing or blank'],
    ['trackPurchase', 'amount', '12,99', 'Purchase Amount (amount) is required, and is not a number'],
    ['trackPurchase', 'currency', ' ', 'Currency (currency) is required, and is missing or blank']
  ])('of %s throws if %s is %p', (action, key, value, message) => {
    const prepare = () => actions[action].prepare({ ...required[action].payload, [key]: value })
    expect(prepare).toThrow(PayloadValidationError)
    expect(prepare).toThrow(message)
  })

  it.each([
    ['the mapping is unknown', undefined, []],
    ['the mapping is the default one', defaults, []],
    ['the mapping lacks them', { email: 'x' }, []],
    ['the mapping sets one', { ...defaults, pageUrl: { '@path': '$.properties.url' } }, ['pageUrl']],
    [
      'the mapping sets both',
      { pageUrl: '/a', pageTitle: { '@template': '{{event}}' } },
      ['pageUrl', 'pageTitle']
    ]
  ])(
    'reports page URL and title only if a mapping sets them to something else: %s',
    (_when, mapping, names) => {
      for (const [key, action] of Object.entries(actions)) {
        const page = { pageUrl: 'https://shop.example', pageTitle: 'T' }
        const { dropped } = action.prepare({ ...required[key as ActionKey].payload, ...page }, mapping)
        expect(dropped).toEqual(names.map((name) => ({ name, reason: 'not supported by MAPI' })))
      }
    }
  )
})

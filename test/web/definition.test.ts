import { friendbuyWebDefinition } from '../../src'
import { friendbuyWeb } from '../../src/web/friendbuy-web'

const { actions, presets, settings, ...identity } = friendbuyWebDefinition

describe('The definition of the browser destination', () => {
  it('names it as hosts do', () => {
    expect(identity).toMatchObject({ name: 'Friendbuy (Actions)', slug: 'actions-friendbuy', mode: 'device' })
    expect(friendbuyWeb.pluginName).toBe(identity.name)
    expect(settings.merchantId).toMatchObject({
      label: 'Friendbuy Merchant ID',
      type: 'string',
      required: true
    })
  })

  it('has a label and a description for each field', () => {
    for (const { title, description, platform, fields } of Object.values(actions)) {
      expect([title, description, platform]).toEqual([expect.any(String), expect.any(String), 'web'])
      for (const field of Object.values(fields)) expect(field.label && field.description).toBeTruthy()
    }
  })

  it('says which fields are required', () => {
    const required = Object.entries(actions).map(([key, { fields }]) => [
      key,
      Object.keys(fields).filter((name) => fields[name]?.required)
    ])
    expect(Object.fromEntries(required)).toEqual({
      trackCustomer: ['customerId', 'email'],
      trackPurchase: ['orderId', 'amount', 'currency'],
      trackSignUp: ['customerId', 'email'],
      trackPage: [],
      trackCustomEvent: ['eventType', 'eventProperties', 'customerId', 'email']
    })
  })

  it('starts with the same subscriptions as the plugins', () => {
    expect(presets.map(({ partnerAction, subscribe }) => [partnerAction, subscribe])).toEqual([
      ['trackCustomer', 'type = "identify"'],
      ['trackPurchase', 'type = "track" and event = "Order Completed"'],
      ['trackSignUp', 'type = "track" and event = "Signed Up"'],
      ['trackPage', 'type = "page"']
    ])
    expect(presets[3]?.mapping).toEqual({
      name: expect.any(Object) as unknown,
      category: expect.any(Object) as unknown,
      title: expect.any(Object) as unknown
    })
    expect(actions.trackCustomEvent.defaultSubscription).toBe('type = "track"')
  })
})

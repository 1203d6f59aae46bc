import { defaultValues, Destination, type SegmentEvent } from '@segment/actions-core'
import * as friendbuy from '../src'
import * as mapi from '../src/mapi'
import * as sandbox from '../src/sandbox'
import { newSettings } from './support/credentials'

const {
  actions,
  attributionFields,
  contextFields,
  customAttributesFields,
  customerFields,
  destination,
  productFields,
  settingsFields
} = friendbuy

describe('The entries', () => {
  it.each([
    [
      'actions-friendbuy-cloud',
      friendbuy,
      [
        'MAPI_URL',
        'MAX_ADDITIONAL_PROPERTIES',
        'MAX_ADDITIONAL_PROPERTY_LENGTH',
        'actions',
        'attributionFields',
        'checkSubscriptions',
        'contextFields',
        'createFriendbuyDestination',
        'customAttributesFields',
        'customerFields',
        'default',
        'destination',
        'friendbuyWebDefinition',
        'parseBirthday',
        'previewEvent',
        'productFields',
        'settingsFields',
        'subscriptionsBesideWeb',
        'toAdditionalProperties',
        'toAttributes',
        'toMapiAccount'
      ]
    ],
    [
      'actions-friendbuy-cloud/mapi',
      mapi,
      [
        'AuthenticationError',
        'InvalidRequestError',
        'MAPI_URL',
        'MapiError',
        'UnavailableError',
        'createMapiClient'
      ]
    ],
    ['actions-friendbuy-cloud/sandbox', sandbox, ['merchantOf', 'startSandbox']]
  ])('of %s exports what its users rely on, and no more', (_name, entry, names) => {
    expect(Object.keys(entry).sort()).toEqual(names)
  })

  it('export the same URL of MAPI', () => {
    expect(friendbuy.MAPI_URL).toBe('https://mapi.fbot.me')
    expect(mapi.MAPI_URL).toBe(friendbuy.MAPI_URL)
  })
})

describe('The main entry', () => {
  it('exports the destination by default and by name', () => {
    expect(friendbuy.default).toBe(friendbuy.destination)
    expect(friendbuy.destination.name).toBe('Friendbuy')
  })
})

describe('The fields for other destinations', () => {
  it('are those of the actions', () => {
    const { trackCustomer, trackCustomEvent, trackPurchase, trackSignUp } = actions
    expect(trackPurchase.fields).toMatchObject({
      ...customerFields,
      ...attributionFields,
      ...customAttributesFields,
      ...contextFields
    })
    expect(trackPurchase.fields.products?.properties).toBe(productFields)
    for (const { fields } of [trackCustomer, trackCustomEvent, trackPurchase, trackSignUp]) {
      expect(fields).toMatchObject(contextFields)
    }
    expect(destination.authentication?.fields).toBe(settingsFields)
  })

  it('read a track event in another destination', async () => {
    const payloads: unknown[] = []
    const fields = {
      ...customerFields,
      ...attributionFields,
      ...customAttributesFields,
      ...contextFields,
      product: { label: 'Product', description: 'One.', type: 'object', properties: productFields }
    } as const
    const other = new Destination<friendbuy.Settings>({
      name: 'Other',
      mode: 'cloud',
      authentication: { scheme: 'custom', fields: settingsFields },
      actions: {
        note: {
          title: 'Note',
          description: 'Takes note of a payload.',
          fields,
          perform: (_request, { payload, settings }: { payload: unknown; settings: friendbuy.Settings }) =>
            payloads.push({ payload, settings })
        }
      }
    })
    const product = { sku: 's-1', name: null, price: null }
    const event: SegmentEvent = {
      type: 'track',
      userId: 'u-1',
      anonymousId: 'a-1',
      properties: {
        email: 'ada@example.com',
        isNewCustomer: true,
        loyaltyStatus: 'in',
        first_name: 'Ada',
        lastName: 'Byron',
        name: 'Ada Byron',
        age: 36,
        birthday: '1815-12-10',
        coupon: 'SPRING',
        attributionId: 'attribution-1',
        referralCode: 'referral-1',
        friendbuyAttributes: { color: 'red' },
        product
      },
      context: { page: { url: '/a', title: 'A' }, userAgent: 'Mozilla/5.0', ip: '203.0.113.7' }
    }
    const settings = newSettings()
    const mapping = { ...defaultValues(fields), product: { '@path': '$.properties.product' } }
    const subscription = { partnerAction: 'note', subscribe: 'type = "track"', mapping }
    await other.onEvent(event, { ...settings, subscription })
    expect(payloads).toEqual([
      {
        payload: {
          customerId: 'u-1',
          anonymousId: 'a-1',
          email: 'ada@example.com',
          isNewCustomer: true,
          loyaltyStatus: 'in',
          firstName: 'Ada',
          lastName: 'Byron',
          name: 'Ada Byron',
          age: 36,
          birthday: '1815-12-10',
          coupon: 'SPRING',
          attributionId: 'attribution-1',
          referralCode: 'referral-1',
          friendbuyAttributes: { color: 'red' },
          pageUrl: '/a',
          pageTitle: 'A',
          userAgent: 'Mozilla/5.0',
          ipAddress: '203.0.113.7',
          product
        },
        settings
      }
    ])
  })

  it('of a product all accept null', () => {
    for (const field of Object.values(productFields)) expect(field.allowNull).toBe(true)
  })
})

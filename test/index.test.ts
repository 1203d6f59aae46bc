import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { defaultValues, Destination, type SegmentEvent } from '@segment/actions-core'
import * as friendbuy from '../src'
import * as mapi from '../src/mapi'
import * as sandbox from '../src/sandbox'
import { newSettings } from './support/credentials'

const root = join(__dirname, '..')

/** The modules that requiring an entry of the built package adds to those of actions-core, by their package. */
const modulesOf = (entry: string): string[] => {
  const script = `
    require('@segment/actions-core')
    const before = new Set(Object.keys(require.cache))
    require(${JSON.stringify(join(root, 'dist', entry))})
    console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))))`
  const files = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })
  ) as string[]
  return files.map(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.slice(root.length + 1)
  )
}

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
        'parseBirthday',
        'previewEvent',
        'productFields',
        'settingsFields',
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

  it("give the same address of Friendbuy's MAPI", () => {
    expect(friendbuy.MAPI_URL).toBe('https://mapi.fbot.me')
    expect(mapi.MAPI_URL).toBe(friendbuy.MAPI_URL)
  })
})

describe('The main entry', () => {
  it('gives the destination as its default and by name', () => {
    expect(friendbuy.default).toBe(friendbuy.destination)
    expect(friendbuy.destination.name).toBe('Friendbuy')
  })

  it('loads neither got nor nanoid, and nothing of the sandbox, the pipeline or the command line', () => {
    const modules = modulesOf('index.js')
    expect(new Set(modules.filter((name) => !name.startsWith('dist/')))).toEqual(new Set(['lru-cache']))
    expect(modules.filter((name) => /\/(sandbox|pipeline|cli)\/|got|contract/.test(name))).toEqual([])
  })
})

describe('The fields that other destinations reuse', () => {
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

  it('take values out of a track event, in a destination of another name', async () => {
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

  it('of a product may each be null', () => {
    for (const field of Object.values(productFields)) expect(field.allowNull).toBe(true)
  })
})

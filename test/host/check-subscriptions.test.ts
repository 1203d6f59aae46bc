import { type ActionKey, actions, checkSubscriptions, destination } from '../../src'
import { toDefaultSubscription, presetSubscriptions } from '../../src/host/subscriptions'

const ORDERS = 'type = "track" and event = "Order Completed"'

const PURCHASE_FIELDS = Object.keys(actions.trackPurchase.fields).join(', ')

/** The lines of the error that a value gives, or none. */
const mistakesIn = (value: unknown): string[] => {
  try {
    checkSubscriptions(value)
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

const findMappingIssues = (mapping: unknown) =>
  mistakesIn([{ partnerAction: 'trackPurchase', subscribe: ORDERS, mapping }])

const mistakesOfCondition = (subscribe: unknown) =>
  mistakesIn([{ partnerAction: 'trackPurchase', subscribe, mapping: {} }])

describe('presetSubscriptions', () => {
  it('are those of the presets', () => {
    expect(presetSubscriptions).toEqual(
      destination.presets?.map((preset) => ({
        partnerAction: preset.partnerAction,
        subscribe: 'subscribe' in preset ? preset.subscribe : undefined,
        mapping: preset.mapping
      }))
    )
  })
})

describe('checkSubscriptions', () => {
  it('leaves out a subscription that is switched off, whatever it holds', () => {
    const [subscription] = presetSubscriptions
    expect(
      checkSubscriptions([
        { ...subscription, enabled: false },
        { enabled: false },
        { ...subscription, enabled: true }
      ])
    ).toEqual([subscription])
  })

  it('takes what every action starts with', () => {
    const subscriptions = (Object.keys(actions) as ActionKey[]).map(toDefaultSubscription)
    expect(checkSubscriptions(JSON.parse(JSON.stringify(subscriptions)))).toEqual(subscriptions)
  })

  it('takes no subscriptions', () => {
    expect(checkSubscriptions([])).toEqual([])
  })

  it('ignores what hosts save besides', () => {
    const saved = {
      ID: '1',
      name: 'Orders',
      enabled: true,
      partnerAction: 'trackPurchase',
      subscribe: ORDERS,
      mapping: { __segment_internal_matching_key: { '@no': 1 }, orderId: { '@path': '$.properties.id' } }
    }
    expect(checkSubscriptions([saved])).toEqual([
      { partnerAction: 'trackPurchase', subscribe: ORDERS, mapping: saved.mapping }
    ])
  })

  it('takes every directive that actions-core has, and plain values', () => {
    const path = { '@path': '$.properties.x', _metadata: { label: 'x' } }
    const mapping = {
      orderId: { '@template': '{{properties.id}}' },
      amount: 12,
      currency: { '@case': { operator: 'upper', value: path } },
      coupon: { '@if': { blank: path, then: path, else: 'none' } },
      attributionId: { '@replace': { pattern: 'a', replacement: 'b', value: path } },
      referralCode: { '@literal': 'r' },
      giftCardCodes: [path, 'code'],
      products: { '@arrayPath': ['$.properties.items', { sku: path }] },
      name: { '@liquid': '{{ properties.name }}' },
      friendbuyAttributes: {
        '@merge': {
          direction: 'right',
          objects: [{ '@flatten': { separator: '.', value: path } }, { a: 'b' }]
        }
      },
      birthday: { '@json': { mode: 'decode', value: path } },
      email: { '@excludeWhenNull': path },
      age: { '@transform': { apply: { a: path }, mapping: { '@path': '$.a' } } }
    }
    expect(findMappingIssues(mapping)).toEqual([])
  })

  it.each([
    'type = "identify"',
    'type = track',
    '(type = "track" or type="page") and properties.total >= 10.0',
    'type = "track" and match(event, "Order*") and !contains(userId, "test")',
    'event = "Order Completed"',
    'properties.my\\ name != null and context.active = true and traits.age = 7'
  ])('takes the condition %s', (subscribe) => {
    expect(mistakesOfCondition(subscribe)).toEqual([])
  })

  it.each([
    [{}, 'the whole: it must be an array of { partnerAction, subscribe, mapping }'],
    [null, 'the whole: it must be an array of { partnerAction, subscribe, mapping }'],
    [[7], '[0]: it must be an object of partnerAction, subscribe and mapping'],
    [[[]], '[0]: it must be an object of partnerAction, subscribe and mapping']
  ])('refuses %j', (value, mistake) => {
    expect(mistakesIn(value)).toEqual([mistake])
  })

  it('names every mistake at once', () => {
    const good = toDefaultSubscription('trackCustomer')
    expect(
      mistakesIn([
        good,
        { partnerAction: 'trackOrder', subscribe: 7, mapping: [] },
        { partnerAction: 'toString', subscribe: ORDERS, mapping: { anything: { '@path': 1 } } },
        { partnerAction: 'trackPurchase', subscribe: ORDERS, mapping: { orderIdd: 1, 'a "b"': 2 } }
      ])
    ).toEqual([
      '[1].partnerAction: it must be one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent',
      '[1].subscribe: it must be a condition, such as type = "track"',
      '[1].mapping: it must be an object from the keys of fields to values or directives',
      '[2].partnerAction: it must be one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent',
      '[2].mapping.anything.@path: it should be a string or a mapping directive but it is a number',
      `[3].mapping.orderIdd: Track Purchase has no such field; it has ${PURCHASE_FIELDS}`,
      `[3].mapping["a \\"b\\""]: Track Purchase has no such field; it has ${PURCHASE_FIELDS}`
    ])
  })

  const UNREADABLE = 'no host can read this condition'
  const EXAMPLE = '; one that works is type = "track" and event = "Order Completed"'
  const RULES =
    ': compare only type, event, name, userId, properties, traits and context, and do not mix "and" with "or" without brackets'

  it.each([
    ['', UNREADABLE + EXAMPLE],
    ['orders', UNREADABLE + EXAMPLE],
    ['type', `${UNREADABLE} (Value token is missing)${EXAMPLE}`],
    ['(type = "track"', UNREADABLE + EXAMPLE],
    ['type = "track" and ()', 'a part of this condition is empty'],
    ['type == "track"', `hosts read this condition as type = "="${RULES}`],
    ['type = "track" and country = "US"', `hosts read this condition as type = "track"${RULES}`],
    ['type = "track" or', `hosts read this condition as type = "track"${RULES}`],
    [
      'type = "track" and event = "A" or event = "B"',
      `hosts read this condition as type = "track" or event = "A" or event = "B"${RULES}`
    ],
    [
      'type = "trak" and event = "A"',
      'no event has the type trak; the types are track, identify, page, screen, group, alias, delete'
    ]
  ])('refuses the condition %j', (subscribe, mistake) => {
    expect(mistakesOfCondition(subscribe)).toEqual([`[0].subscribe: ${mistake}`])
  })

  it.each([
    [{ '@pathh': '$.a' }, 'orderId: it has an invalid directive: @pathh'],
    [{ '@path': 7 }, 'orderId.@path: it should be a string or a mapping directive but it is a number'],
    [{ '@path': '$.a', '@literal': 1 }, 'orderId: it should only have one @-prefixed key but it has 2 keys'],
    [{ '@path': '$.a', else: 1 }, 'orderId: it should only have one @-prefixed key but it has 2 keys'],
    [{ '@if': { then: 1 } }, 'orderId.@if: it needs "exists" or "blank"'],
    [{ '@if': '$.a' }, 'orderId.@if: it should be an object but it is a string'],
    [
      { '@if': { exists: { '@path': [] } } },
      'orderId.@if.exists.@path: it should be a string or a mapping directive but it is an array'
    ],
    [{ '@case': { value: 'a' } }, 'orderId.@case: it needs "operator"'],
    [{ '@flatten': { value: 'a' } }, 'orderId.@flatten: it needs "separator"'],
    [{ '@merge': { objects: [] } }, 'orderId.@merge: it needs "direction"'],
    [
      { '@arrayPath': ['$.a', { sku: { '@x': 1 } }] },
      'orderId.@arrayPath[1].sku: it has an invalid directive: @x'
    ],
    [{ a: [{ '@x': 1 }] }, 'orderId.a[0]: it has an invalid directive: @x']
  ])('refuses the directive %j', (orderId, mistake) => {
    expect(findMappingIssues({ orderId })).toEqual([`[0].mapping.${mistake}`])
  })

  it('names each mistake of a directive', () => {
    expect(
      findMappingIssues({
        orderId: { '@json': {} },
        amount: { '@replace': { pattern: '12345678901', value: 1 } }
      })
    ).toEqual([
      '[0].mapping.orderId.@json: it should have field "value" but it doesn\'t',
      '[0].mapping.orderId.@json: it should have field "mode" but it doesn\'t',
      '[0].mapping.amount.@replace.pattern: it should be a string of length 10 or less',
      '[0].mapping.amount.@replace.value: it should be a string or a mapping directive but it is a number'
    ])
  })

  it('lets nothing that it repeats break its lines', () => {
    const issues = mistakesIn([
      {
        partnerAction: 'trackPurchase',
        subscribe: 'type = "a\u001b[2J\nb"',
        mapping: { 'a\n\u009bb': 1, orderId: { '@\n\u001b': 1 } }
      }
    ])
    expect(issues).toHaveLength(3)
    expect(issues.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })
})

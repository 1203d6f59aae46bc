import { type ActionKey, actions, checkSubscriptions, destination } from '../../src'
import { toDefaultSubscription, presetSubscriptions } from '../../src/host/subscriptions'

const ORDERS = 'type = "track" and event = "Order Completed"'

const PURCHASE_FIELDS = Object.keys(actions.trackPurchase.fields).join(', ')

/** Gives the lines of the error for a value. */
const issuesIn = (value: unknown): string[] => {
  try {
    checkSubscriptions(value)
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

const findMappingIssues = (mapping: unknown) =>
  issuesIn([{ partnerAction: 'trackPurchase', subscribe: ORDERS, mapping }])

const issuesOfCondition = (subscribe: unknown) =>
  issuesIn([{ partnerAction: 'trackPurchase', subscribe, mapping: {} }])

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
  it('drops a disabled subscription, whatever it holds', () => {
    const [subscription] = presetSubscriptions
    expect(
      checkSubscriptions([
        { ...subscription, enabled: false },
        { enabled: false },
        { ...subscription, enabled: true }
      ])
    ).toEqual([subscription])
  })

  it('accepts the default subscription of every action', () => {
    const subscriptions = (Object.keys(actions) as ActionKey[]).map(toDefaultSubscription)
    expect(checkSubscriptions(JSON.parse(JSON.stringify(subscriptions)))).toEqual(subscriptions)
  })

  it('accepts an empty array', () => {
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

  it('accepts every directive of actions-core, and plain values', () => {
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
  ])('accepts the condition %s', (subscribe) => {
    expect(issuesOfCondition(subscribe)).toEqual([])
  })

  it.each([
    [{}, 'subscriptions: expected an array of { partnerAction, subscribe, mapping }, got {}'],
    [null, 'subscriptions: expected an array of { partnerAction, subscribe, mapping }, got null'],
    [[7], '[0]: expected an object with partnerAction, subscribe and mapping, got 7'],
    [[[]], '[0]: expected an object with partnerAction, subscribe and mapping, got []']
  ])('rejects %j', (value, issue) => {
    expect(issuesIn(value)).toEqual([issue])
  })

  it('names every issue at once', () => {
    const good = toDefaultSubscription('trackCustomer')
    expect(
      issuesIn([
        good,
        { partnerAction: 'trackOrder', subscribe: 7, mapping: [] },
        { partnerAction: 'toString', subscribe: ORDERS, mapping: { anything: { '@path': 1 } } },
        { partnerAction: 'trackPurchase', subscribe: ORDERS, mapping: { orderIdd: 1, 'a "b"': 2 } }
      ])
    ).toEqual([
      '[1].partnerAction: expected one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent, got "trackOrder"',
      '[1].subscribe: expected a condition such as type = "track" and event = "Order Completed", got 7',
      '[1].mapping: expected an object of fields, got []',
      '[2].partnerAction: expected one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent, got "toString"',
      '[2].mapping.anything.@path: should be a string or a mapping directive but it is a number',
      `[3].mapping.orderIdd: unknown field of Track Purchase; expected one of ${PURCHASE_FIELDS}`,
      `[3].mapping["a \\"b\\""]: unknown field of Track Purchase; expected one of ${PURCHASE_FIELDS}`
    ])
  })

  const UNREADABLE = 'cannot be parsed'
  const EXAMPLE = '; expected a condition such as type = "track" and event = "Order Completed"'
  const RULES =
    '; compare only type, event, name, userId, properties, traits and context, and use brackets to mix "and" with "or"'

  it.each([
    ['', UNREADABLE + EXAMPLE],
    ['orders', UNREADABLE + EXAMPLE],
    ['type', `${UNREADABLE} (Value token is missing)${EXAMPLE}`],
    ['(type = "track"', UNREADABLE + EXAMPLE],
    ['type = "track" and ()', 'part of the condition is empty'],
    ['type == "track"', `hosts read this condition as type = "="${RULES}`],
    ['type = "track" and country = "US"', `hosts read this condition as type = "track"${RULES}`],
    ['type = "track" or', `hosts read this condition as type = "track"${RULES}`],
    [
      'type = "track" and event = "A" or event = "B"',
      `hosts read this condition as type = "track" or event = "A" or event = "B"${RULES}`
    ],
    [
      'type = "trak" and event = "A"',
      'unknown event type "trak"; expected one of track, identify, page, screen, group, alias, delete'
    ]
  ])('rejects the condition %j', (subscribe, issue) => {
    expect(issuesOfCondition(subscribe)).toEqual([`[0].subscribe: ${issue}`])
  })

  // The parser of hosts takes time that grows with the square of the length.
  it('rejects a condition of more than 10,000 characters', () => {
    const condition = (length: number) => `type = "track" and event = "${'a'.repeat(length - 29)}"`
    expect(issuesOfCondition(condition(10_001))).toEqual(['[0].subscribe: longer than 10000 characters'])
    expect(issuesOfCondition(condition(10_000))).toEqual([])
  })

  it.each([
    [{ '@pathh': '$.a' }, 'orderId: has an invalid directive: @pathh'],
    [{ '@path': 7 }, 'orderId.@path: should be a string or a mapping directive but it is a number'],
    [{ '@path': '$.a', '@literal': 1 }, 'orderId: should only have one @-prefixed key but it has 2 keys'],
    [{ '@path': '$.a', else: 1 }, 'orderId: should only have one @-prefixed key but it has 2 keys'],
    [{ '@if': { then: 1 } }, 'orderId.@if: expected "exists" or "blank"'],
    [{ '@if': '$.a' }, 'orderId.@if: should be an object but it is a string'],
    [
      { '@if': { exists: { '@path': [] } } },
      'orderId.@if.exists.@path: should be a string or a mapping directive but it is an array'
    ],
    [{ '@case': { value: 'a' } }, 'orderId.@case: expected "operator"'],
    [{ '@flatten': { value: 'a' } }, 'orderId.@flatten: expected "separator"'],
    [{ '@merge': { objects: [] } }, 'orderId.@merge: expected "direction"'],
    [
      { '@arrayPath': ['$.a', { sku: { '@x': 1 } }] },
      'orderId.@arrayPath[1].sku: has an invalid directive: @x'
    ],
    [{ a: [{ '@x': 1 }] }, 'orderId.a[0]: has an invalid directive: @x']
  ])('rejects the directive %j', (orderId, issue) => {
    expect(findMappingIssues({ orderId })).toEqual([`[0].mapping.${issue}`])
  })

  it('names each issue of a directive', () => {
    expect(
      findMappingIssues({
        orderId: { '@json': {} },
        amount: { '@replace': { pattern: '12345678901', value: 1 } }
      })
    ).toEqual([
      '[0].mapping.orderId.@json: should have field "value" but it doesn\'t',
      '[0].mapping.orderId.@json: should have field "mode" but it doesn\'t',
      '[0].mapping.amount.@replace.pattern: should be a string of length 10 or less',
      '[0].mapping.amount.@replace.value: should be a string or a mapping directive but it is a number'
    ])
  })

  it('quotes no control characters', () => {
    const issues = issuesIn([
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

import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import fc from 'fast-check'
import { countNames, findNotMapped, readNamesBeside } from '../../src/host/not-mapped'
import { previewEvent } from '../../src/host/preview'
import { type FriendbuySubscription, toDefaultSubscription } from '../../src/host/subscriptions'
import { compileMapping } from '../../src/mapping/compile-mapping'
import { actionKeys, plausibleEvent, RUNS, soundMappingValue, withPrototypes } from '../support/arbitraries'

const purchase = toDefaultSubscription('trackPurchase')

const subscriptionOf = (mapping: object): FriendbuySubscription => ({
  partnerAction: 'trackCustomer',
  subscribe: 'type = "track"',
  mapping: mapping as JSONObject
})

const trackOf = (properties: object): SegmentEvent => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'c-1',
  properties: properties as JSONObject
})

/** Replaces each value at a name, such as `products[].brand`, with another one. */
const changeAt = (value: unknown, [key = '', ...rest]: readonly string[]): unknown => {
  if (key === '') return 'changed'
  if (Array.isArray(value)) return key === '[]' ? value.map((item) => changeAt(item, rest)) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isMeant = key === '[]' ? /^\d+$/.test(name) : name === key
      return [name, isMeant ? changeAt(item, rest) : item]
    })
  )
}

/** Changes what a name of `findNotMapped` stands for. */
const changeIn = (event: SegmentEvent, name: string): SegmentEvent => {
  const keys = name.replaceAll('[]', '.[]').split('.')
  const root = event.type === 'identify' || event.type === 'group' ? 'traits' : 'properties'
  const isOther = keys[0] === (root === 'traits' ? 'properties' : 'traits')
  return changeAt(event, isOther ? keys : [root, ...keys]) as SegmentEvent
}

describe('findNotMapped', () => {
  it.each<[string, object, string[]]>([
    ['nothing of an order that is read as a whole', { order_id: '1', total: 1, currency: 'USD' }, []],
    ['properties that nobody reads', { total: 1, shipping: 3, voucher: 'X' }, ['shipping', 'voucher']],
    ['0 and false, which are values', { tax: 0, gift: false }, ['tax', 'gift']],
    ['no blank values', { tax: null, voucher: '', list: [], object: {} }, []],
    ['an object once, by its own name', { shippingAddress: { city: 'Bonn', zip: '1' } }, ['shippingAddress']],
    ['nothing of products, whose parts the action reports', { products: [{ sku: '1', brand: 'B' }] }, []],
    ['nothing of custom attributes', { friendbuyAttributes: { any: 'x' } }, []],
    ['no names that hosts add', { $ip: '127.0.0.1', total: 1 }, []]
  ])('reports %s', (_title, properties, names) => {
    expect(findNotMapped(trackOf(properties), [purchase])).toEqual(names)
  })

  it('reports traits, and what is beside the parts that are read', () => {
    const traits = { email: 'a@example.com', plan: 'pro', address: { city: 'Bonn', street: 'Am Hof' } }
    expect(
      findNotMapped({ type: 'identify', userId: 'c-1', traits }, [toDefaultSubscription('trackCustomer')])
    ).toEqual(['plan', 'address.street'])
  })

  it('reports a text in the place of an object that is read', () => {
    const traits = { email: 'a@example.com', address: 'Am Hof, Bonn' }
    expect(findNotMapped({ type: 'identify', traits }, [toDefaultSubscription('trackCustomer')])).toEqual([
      'address'
    ])
  })

  it('reports traits of a track event with where they are', () => {
    const event: SegmentEvent = { ...trackOf({ shipping: 3 }), traits: { shipping: 'express' } }
    expect(findNotMapped(event, [purchase])).toEqual(['shipping', 'traits.shipping'])
  })

  it('reports only what none of the subscriptions reads', () => {
    const event = trackOf({ order_id: '1', shipping: 3, tax: 1 })
    const shipping = subscriptionOf({ category: { '@path': '$.properties.shipping' } })
    expect(findNotMapped(event, [purchase, shipping])).toEqual(['tax'])
    expect(findNotMapped(event, [purchase, toDefaultSubscription('trackCustomEvent')])).toEqual([])
    expect(findNotMapped(event, [])).toEqual([])
  })

  it.each<[string, unknown, string[]]>([
    ['@path', { '@path': '$.properties.a.b' }, ['a.c', 'list', 'd']],
    ['@path of a list', { '@path': '$.properties.list[0].x' }, ['a', 'list[].y', 'd']],
    ['@path of the event', { '@path': '$' }, ['a', 'list', 'd']],
    ['@path of everything', { '@path': '.' }, []],
    ['@path of a directive', { '@path': { '@template': '$.{{event}}' } }, []],
    ['@template', { '@template': '{{properties.d}} {{{ properties.a.c }}}' }, ['a.b', 'list']],
    [
      '@if',
      { '@if': { exists: { '@path': '$.properties.d' }, then: 1, else: { '@path': '$.properties.a' } } },
      ['list']
    ],
    [
      '@arrayPath',
      { '@arrayPath': ['$.properties.list', { id: { '@path': '$.x' } }] },
      ['a', 'list[].y', 'd']
    ],
    [
      '@arrayPath of an index object',
      { '@arrayPath': ['$.properties.a', { b: { '@path': '$.b' } }] },
      ['a.c', 'list', 'd']
    ],
    ['@arrayPath without a shape', { '@arrayPath': ['$.properties.list'] }, ['a', 'd']],
    ['@merge', { '@merge': { direction: 'left', objects: [{ '@path': '$.properties.a' }] } }, ['list', 'd']],
    [
      '@transform',
      {
        '@transform': { apply: { d: { '@path': '$.properties.d' } }, mapping: { '@path': '$.properties.a' } }
      },
      ['a', 'list']
    ],
    ['@liquid, which may read anything', { '@liquid': '{{ properties.d | upcase }}' }, []],
    ['a value', 'constant', ['a', 'list', 'd']]
  ])('follows %s', (_title, value, names) => {
    const event = trackOf({ a: { b: 1, c: 2 }, list: [{ x: 1, y: 2 }], d: 3 })
    expect(findNotMapped(event, [subscriptionOf({ email: value })])).toEqual(names)
  })

  it('never reports a value that the payload depends on', () => {
    let reported = 0
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), soundMappingValue, { maxKeys: 4 }),
        plausibleEvent,
        (mapping, event) => {
          const payloadOf = (given: unknown) => {
            try {
              return withPrototypes(compileMapping(mapping)(given))
            } catch (error) {
              return String(error)
            }
          }
          for (const name of findNotMapped(event, [subscriptionOf(mapping)])) {
            reported += 1
            const changed = changeIn(event, name)
            expect([name, payloadOf(changed)]).toEqual([name, payloadOf(event)])
          }
        }
      ),
      { numRuns: 5 * RUNS }
    )
    expect(reported).toBeGreaterThan(RUNS)
  })

  it('never reports a value that a body depends on', async () => {
    let reported = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...actionKeys), plausibleEvent, async (action, event) => {
        for (const name of findNotMapped(event, [toDefaultSubscription(action)])) {
          reported += 1
          const changed = changeIn(event, name)
          const [before] = await previewEvent(event, { action })
          const [after] = await previewEvent(changed, { action })
          expect([name, after]).toEqual([name, before])
        }
      }),
      { numRuns: RUNS }
    )
    expect(reported).toBeGreaterThan(RUNS / 2)
  })

  it('reports each property that the default mappings do not read', () => {
    for (const key of actionKeys.filter((action) => action !== 'trackCustomEvent')) {
      const root = key === 'trackCustomer' ? 'traits' : 'properties'
      const event = {
        type: root === 'traits' ? 'identify' : 'track',
        [root]: { nobodyReadsThis: 1 }
      } as unknown as SegmentEvent
      expect(findNotMapped(event, [toDefaultSubscription(key)])).toEqual(['nobodyReadsThis'])
    }
  })
})

describe('readNamesBeside', () => {
  it('lists what is read at the level of a name', () => {
    expect(readNamesBeside('referral_kode', [purchase])).toEqual(
      expect.arrayContaining(['referralCode', 'referral_code', 'order_id', 'products'])
    )
    const shape = {
      '@arrayPath': ['$.properties.items', { sku: { '@path': '$.id' }, name: { '@path': '$.title' } }]
    }
    expect(readNamesBeside('items[].titel', [subscriptionOf({ products: shape })])).toEqual(['id', 'title'])
    expect(readNamesBeside('traits.emial', [toDefaultSubscription('trackCustomer')])).toContain('email')
    expect(readNamesBeside('no.such.place', [purchase])).toEqual([])
  })
})

describe('countNames', () => {
  it('counts 200 names, and the occurrences of further ones together', () => {
    const counts = { names: {}, others: 0 }
    const names = Array.from({ length: 205 }, (_, index) => `name${index}`)
    countNames(counts, names)
    countNames(counts, ['name0', 'name204', '__proto__'])
    expect(Object.keys(counts.names)).toEqual(names.slice(0, 200))
    expect(counts).toMatchObject({ names: { name0: 2, name199: 1 }, others: 7 })
  })

  it('counts a name that objects inherit', () => {
    const counts = { names: {}, others: 0 }
    countNames(counts, ['__proto__', 'constructor'])
    countNames(counts, ['__proto__', 'constructor'])
    expect(JSON.stringify(counts)).toBe('{"names":{"__proto__":2,"constructor":2},"others":0}')
  })
})

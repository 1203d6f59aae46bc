import { deepStrictEqual } from 'node:assert'
import { transform } from '@segment/actions-core'
import fc from 'fast-check'
import { compileMapping } from '../../src/mapping/compile-mapping'
import { UnsupportedError } from '../../src/mapping/unsupported-error'
import {
  plausibleEvent,
  RUNS,
  soundMappingValue,
  wildEvent,
  wildJson,
  wildMappingValue,
  withPrototypes
} from '../support/arbitraries'

type Mapping = Parameters<typeof transform>[0]

/** What a function gives or throws. */
const outcomeOf = (run: () => unknown) => {
  try {
    return { value: withPrototypes(run()) }
  } catch (error) {
    return { error: String(error) }
  }
}

/** Compares with actions-core, prototypes included. */
const expectSame = (mapping: Record<string, unknown>, event: unknown) => {
  const compiled = compileMapping(mapping)
  const ours = outcomeOf(() => compiled(event))
  deepStrictEqual(
    ours,
    outcomeOf(() => transform(mapping as Mapping, event as never))
  )
}

const event = {
  type: 'track',
  userId: 'c-1',
  properties: {
    total: 12.5,
    code: 'A-(1)',
    empty: '',
    nothing: null,
    items: [
      { sku: 's-1', tags: ['x', 'y'] },
      { sku: 's-2', note: null }
    ],
    json: '{"a":[1]}',
    nested: { a: { b: 1 }, c: [1, null] }
  }
}

const at = (path: string) => ({ '@path': `$.properties.${path}` })

describe('compileMapping', () => {
  it.each<[string, unknown, unknown]>([
    ['a value as it is', { a: [1, 'b', null] }, { a: [1, 'b', null] }],
    ['@path', at('items[1].sku'), 's-2'],
    ['@path of a directive', { '@path': { '@template': '$.{{type}}.x' } }, undefined],
    ['@template', { '@template': '{{userId}} {{{properties.total}}} {{missing}}' }, 'c-1 12.5 '],
    ['@literal, and what is within', { '@literal': { id: { '@path': '$.userId' } } }, { id: 'c-1' }],
    ['@if of what exists', { '@if': { exists: at('total'), then: at('total'), else: 'no' } }, 12.5],
    ['@if of null', { '@if': { exists: at('nothing'), then: 'yes', else: 'no' } }, 'no'],
    ['@if of what is blank', { '@if': { blank: at('empty'), then: 'yes', else: 'no' } }, 'no'],
    ['@case', { '@case': { operator: 'lower', value: at('code') } }, 'a-(1)'],
    [
      '@replace',
      { '@replace': { pattern: '(', replacement: '_', value: at('code'), pattern2: 'a', ignorecase: true } },
      '-_1)'
    ],
    [
      '@arrayPath',
      { '@arrayPath': ['$.properties.items', { id: { '@path': '$.sku' } }] },
      [{ id: 's-1' }, { id: 's-2' }]
    ],
    ['@flatten', { '@flatten': { separator: '_', value: at('nested') } }, { a_b: 1, c_0: 1, c_1: null }],
    [
      '@flatten without lists',
      { '@flatten': { separator: '_', omitArrays: true, value: at('nested') } },
      { a_b: 1, c: [1, null] }
    ],
    ['@json, decoding', { '@json': { mode: 'decode', value: at('json') } }, { a: [1] }],
    ['@json, encoding', { '@json': { mode: 'encode', value: at('nested') } }, '{"a":{"b":1},"c":[1,null]}'],
    ['@merge', { '@merge': { direction: 'left', objects: [{ a: 1 }, { a: 2, b: 3 }] } }, { a: 1, b: 3 }],
    [
      '@transform',
      { '@transform': { apply: { id: { '@path': '$.userId' } }, mapping: { '@path': '$.id' } } },
      'c-1'
    ],
    ['@excludeWhenNull', { '@excludeWhenNull': at('items[1]') }, { sku: 's-2' }],
    ['@excludeWhenNull of an object', { '@excludeWhenNull': { sku: 1, note: null } }, { sku: 1 }]
  ])('resolves %s', (_name, field, expected) => {
    expect(compileMapping({ field })(event)).toEqual({ field: expected })
    expectSame({ field }, event)
  })

  it.each<[string, unknown, string]>([
    ['@liquid', { '@liquid': '{{ userId }}' }, 'the directive @liquid'],
    ['a directive that there is not yet', [{ '@sum': [] }], 'Unsupported at field[0]: the directive @sum.'],
    [
      'a directive within another',
      { '@json': { mode: 'encode', value: { '@liquid': '' } } },
      'at field.@json: the directive @liquid'
    ],
    [
      'a malformed directive',
      { '@case': { operator: 'title', value: 'a' } },
      'the directive @case, which is malformed'
    ],
    [
      'an option that there is not yet',
      { '@merge': { direction: 'left', objects: [], deep: true } },
      '@merge'
    ],
    ['two directives in one', { '@path': '$.a', '@literal': 1 }, '@path'],
    ['a directive among fields', { a: 1, '@path': '$.a' }, 'the directive a'],
    ['the key __proto__', JSON.parse('{"__proto__":1}'), 'the key __proto__'],
    ['what JSON does not hold', new Date(0), 'a value of type date']
  ])('refuses %s, and names it', (_name, field, words) => {
    expect(() => compileMapping({ field })).toThrow(UnsupportedError)
    expect(() => compileMapping({ field })).toThrow(words)
  })

  it('refuses a directive in the place of the fields', () => {
    expect(() => compileMapping({ '@path': '$.properties' })).toThrow('Unsupported: a directive at the root.')
    expect(() => compileMapping({ __segment_internal_directive: {} })).toThrow(UnsupportedError)
  })

  it('applies the last step of a field, which may leave it out', () => {
    const map = compileMapping({ a: at('total'), b: at('code'), c: 1 }, (key) =>
      key === 'c' ? undefined : (value) => (key === 'a' ? undefined : [value])
    )
    expect(map(event)).toEqual({ b: ['A-(1)'], c: 1 })
  })

  it('gives what shares nothing with the event', () => {
    const { items } = compileMapping({ items: at('items') })(event) as {
      items: { sku: string; tags: string[] }[]
    }
    items[0]?.tags.push('z')
    expect(event.properties.items[0]?.tags).toEqual(['x', 'y'])
  })

  const fieldsOf = (values: fc.Arbitrary<unknown>) =>
    fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), values, { minKeys: 1, maxKeys: 3 })

  it('compiles any sound mapping, and gives what actions-core gives', () => {
    fc.assert(fc.property(fieldsOf(soundMappingValue), fc.oneof(plausibleEvent, wildEvent), expectSame), {
      numRuns: RUNS
    })
  })

  it('gives what actions-core gives, of any other mapping that it can compile', () => {
    fc.assert(
      fc.property(
        fieldsOf(wildMappingValue),
        fc.oneof(plausibleEvent, wildEvent, wildJson),
        (mapping, given) => {
          try {
            compileMapping(mapping)
          } catch (error) {
            expect(error).toBeInstanceOf(UnsupportedError)
            return
          }
          expectSame(mapping, given)
        }
      ),
      { numRuns: RUNS }
    )
  })
})

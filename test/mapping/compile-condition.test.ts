import { type Condition as Parsed, generateFql, parseFql, validate } from '@segment/destination-subscriptions'
import fc from 'fast-check'
import { compileCondition } from '../../src/mapping/compile-condition'
import { UnsupportedError } from '../../src/mapping/unsupported-error'
import { RUNS, wildJson } from '../support/arbitraries'

/** What a function gives or throws. */
const outcomeOf = (run: () => unknown) => {
  try {
    return { value: run() }
  } catch (error) {
    return { error: String(error) }
  }
}

const asSegment = (condition: string, event: unknown) => outcomeOf(() => validate(parseFql(condition), event))

const asCompiled = (condition: string, event: unknown) => outcomeOf(() => compileCondition(condition)(event))

const word = fc.constantFrom('track', 'Order Completed', 'a', 'b*', '1', 'true', 'null', 'é')
const scalar = fc.oneof(word, fc.constantFrom(1, 0, -2.5, NaN, true, false, null, undefined))

const event = fc.record(
  {
    type: fc.oneof(word, scalar),
    event: scalar,
    name: scalar,
    userId: scalar,
    properties: fc.oneof(fc.record({ a: scalar, b: fc.record({ c: scalar }), and: scalar }), wildJson),
    traits: fc.oneof(fc.record({ a: scalar, 'x y': scalar }), wildJson),
    context: fc.oneof(fc.record({ library: fc.record({ name: scalar }) }), wildJson)
  },
  { requiredKeys: [] }
)

const plainOperator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const textOperator = fc.constantFrom(
  ...['contains', 'not_contains', 'starts_with', 'not_starts_with', 'ends_with', 'not_ends_with']
)
const stateOperator = fc.constantFrom('exists', 'not_exists', 'is_true', 'is_false')

/** A condition as Segment's interface saves it. */
const wellFormed = fc
  .array(
    fc.oneof(
      fc.record({ type: fc.constant('event-type'), operator: fc.constantFrom('=', '!='), value: word }),
      fc
        .tuple(
          fc.oneof(
            fc.record({ type: fc.constantFrom('event', 'name', 'userId') }),
            fc.record({
              type: fc.constant('event-property'),
              name: fc.constantFrom('a', 'b.c', 'and.x', 'x y')
            }),
            fc.record({ type: fc.constant('event-trait'), name: fc.constantFrom('a', 'x y', 'order') }),
            fc.record({ type: fc.constant('event-context'), name: fc.constantFrom('library.name', 'a') })
          ),
          fc.oneof(
            fc.record({
              operator: plainOperator,
              value: fc.oneof(word, fc.constantFrom(1, -2.5, true, false))
            }),
            fc.record({
              operator: fc.constantFrom('number_equals', 'number_not_equals'),
              value: fc.constantFrom(1, -2.5)
            }),
            fc.record({ operator: textOperator, value: word }),
            fc.record({ operator: stateOperator })
          )
        )
        .map(([field, test]) => ({ ...field, ...test }))
    ),
    { minLength: 1, maxLength: 4 }
  )
  .chain((parts) =>
    fc.constantFrom('and', 'or').map((operator) => {
      const children = parts as Parsed[]
      return generateFql({ type: 'group', operator, children })
    })
  )

/** Tokens in any order, with or without white space between them. */
const wildCondition = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...[
          'type',
          'event',
          'name',
          'userId',
          'properties',
          'properties.a',
          'traits.x\\ y',
          'context.library.name'
        ],
        ...[
          '=',
          '!=',
          '<',
          '<=',
          '>',
          '>=',
          '!',
          'and',
          'or',
          '(',
          ')',
          '[',
          ']',
          ',',
          '.',
          '\\',
          'contains',
          'match'
        ],
        ...[
          'contains(event, "a")',
          '!match(properties.a, "a*")',
          'match(traits.a, "*a")',
          'a',
          'an',
          'n',
          'nul'
        ],
        ...[
          '"track"',
          "'track'",
          '"',
          "'",
          '"a"',
          'null',
          'true',
          'false',
          '1',
          '-2.5',
          '1.',
          '+',
          '\r',
          '\u00e9',
          '_'
        ],
        ...['type = "track"', 'properties.a = 1', 'event = "a"', '\\=', '\\!', '\\(', '\\)', '\\.']
      ),
      fc.constantFrom(' ', ' ', ' ', '', '\n', '\t')
    ),
    { maxLength: 12 }
  )
  .map((tokens) => tokens.flat().join(''))

describe('compileCondition', () => {
  it('tells what Segment tells, of any condition that its interface saves', () => {
    fc.assert(
      fc.property(wellFormed, event, (condition, given) => {
        expect(asCompiled(condition, given)).toEqual(asSegment(condition, given))
      }),
      { numRuns: RUNS }
    )
  })

  it('tells what Segment tells, of anything else that it can compile', () => {
    fc.assert(
      fc.property(wildCondition, fc.oneof(event, wildJson), (condition, given) => {
        let compiled
        try {
          compiled = compileCondition(condition)
        } catch (error) {
          expect(error).toBeInstanceOf(UnsupportedError)
          return
        }
        expect(outcomeOf(() => compiled(given))).toEqual(asSegment(condition, given))
      }),
      { numRuns: RUNS }
    )
  })
})

import {
  IntegrationError,
  InvalidAuthenticationError,
  PayloadValidationError,
  RetryableError
} from '@segment/actions-core'
import fc from 'fast-check'
import { type ActionKey, actions, type DroppedValue } from '../../src'
import { newSettings } from '../support/credentials'
import {
  actionKeys,
  deepFreeze,
  isReported,
  leavesOf,
  newRecorder,
  performWith,
  required,
  RUNS,
  sharedNames,
  violationIn,
  wildJson,
  wildName,
  wildPayload
} from '../support/arbitraries'

const ERRORS = [PayloadValidationError, InvalidAuthenticationError, RetryableError, IntegrationError]

/** Text without control characters and line separators. */
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u

const answer = fc.record({
  status: fc.oneof({ weight: 3, arbitrary: fc.constant(201) }, fc.integer({ min: 200, max: 599 })),
  text: fc.oneof(
    wildJson.map((value) => JSON.stringify(value)),
    fc.constant('<html>')
  )
})

describe.each(actionKeys)('%s with an arbitrary, unchecked payload', (key) => {
  const settings = newSettings()

  it('sends a valid body or fails with a status, and leaks and pollutes nothing', () =>
    fc.assert(
      fc.asyncProperty(wildPayload(key), answer, async (given, answered) => {
        const before = sharedNames()
        const inputs = deepFreeze({ ...given, ...settings, internal_partner_action: key })
        const { request, sent } = newRecorder(answered)
        const warnings: string[] = []
        const logger = { warn: (message: string) => warnings.push(message) }
        const error: unknown = await performWith(key, request, {
          payload: inputs,
          settings: inputs,
          logger
        }).then(
          () => undefined,
          (thrown: unknown) => thrown
        )

        if (error !== undefined) {
          expect(ERRORS.some((known) => error instanceof known)).toBe(true)
          expect(error).toMatchObject({ status: expect.any(Number) as number })
          expect((error as Error).message).toMatch(ONE_LINE)
        }
        expect(sent().length > 0 || error instanceof PayloadValidationError).toBe(true)
        for (const body of sent()) {
          expect(violationIn(key, body)).toBeUndefined()
          const properties = Object.values(body.additionalProperties ?? {})
          expect(properties.length).toBeLessThanOrEqual(10)
          for (const property of properties) expect(property).toMatch(/^[^]{1,128}$/)
        }
        const said = JSON.stringify([sent(), warnings, error instanceof Error ? error.message : ''])
        expect(said.includes(settings.authKey) || said.includes(settings.authSecret)).toBe(false)
        expect(warnings.length).toBeLessThanOrEqual(1)
        for (const warning of warnings) expect(warning).toMatch(ONE_LINE)
        expect(sharedNames()).toEqual(before)
      }),
      { numRuns: RUNS }
    ))
})

/** Payload in which every leaf is unique, so that it can be found in the body. */
const markedPayload = (key: ActionKey) => {
  const marked = fc.constantFrom('text', 'long text', 'number')
  const name = wildName.filter((text) => !/^\d+$/.test(text))
  const bag = fc.array(fc.tuple(name, fc.oneof(marked, fc.record({ in: marked }), fc.tuple(marked))), {
    minLength: 1,
    maxLength: 14
  })
  const toBag = (entries: [string, unknown][]) => Object.fromEntries(entries)
  const fields = Object.entries(actions[key].fields).map(([field, { type, multiple }]) => {
    const value: fc.Arbitrary<unknown> =
      type === 'object'
        ? fc.oneof(
            bag.map(toBag),
            fc
              .tuple(bag, bag)
              .map(([outer, inner]) => ({ ...toBag(outer), friendbuyAttributes: toBag(inner) }))
          )
        : fc.oneof({ weight: 4, arbitrary: marked }, fc.record({ in: marked }))
    return [field, multiple ? fc.array(value, { minLength: 1, maxLength: 3 }) : value] as const
  })
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }).map((shape) => {
    let count = 0
    const mark = (kind: unknown): unknown => {
      if (typeof kind === 'string') {
        count += 1
        const number = 100_000 + count
        return kind === 'number' ? number : `T${number}${kind === 'text' ? '' : 'X'.repeat(128)}`
      }
      if (Array.isArray(kind)) return kind.map(mark)
      return Object.fromEntries(Object.entries(kind as object).map(([at, inner]) => [at, mark(inner)]))
    }
    return mark(shape) as Record<string, unknown>
  })
}

describe.each(actionKeys)('%s', (key) => {
  it('sends or reports each value of a payload', () => {
    fc.assert(
      fc.property(markedPayload(key), (marked) => {
        let call: { body: object; dropped: DroppedValue[] }
        try {
          call = actions[key].prepare({ ...required, ...marked }, { pageUrl: '/own', pageTitle: 'Own' })
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadValidationError)
          return
        }
        const body = JSON.stringify(call.body)
        const lost = leavesOf(marked).filter(
          ([path, value]) => !body.includes(String(value)) && !isReported(path, call.dropped)
        )
        expect(lost).toEqual([])
      }),
      { numRuns: RUNS }
    )
  })
})

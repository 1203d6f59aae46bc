import { type ActionKey, actions, destination, type Field } from '../../src'
import { published, type PublishedField } from './published'

/** Our types that accept every value of the published type. */
const ACCEPTED_BY: Record<string, string[]> = {
  string: ['string'],
  number: ['number'],
  integer: ['integer', 'number'],
  boolean: ['boolean'],
  object: ['object']
}

/** Properties of our fields to compare. */
type OurField = Pick<Field, 'type' | 'multiple' | 'properties'>

const entriesOf = <Value>(record: Record<string, Value>) => Object.entries(record)

const keys = Object.keys(published.actions) as ActionKey[]

/** Fields of the published destination, each with ours of the same key. */
const fields = keys.flatMap((action) =>
  entriesOf(published.actions[action].fields).map(
    ([key, field]): [string, PublishedField, OurField | undefined] => [
      `${action}.${key}`,
      field,
      actions[action].fields[key]
    ]
  )
)

const properties = fields.flatMap(([name, field, ours]) =>
  entriesOf(field.properties ?? {}).map(([key, property]): (typeof fields)[number] => [
    `${name}.${key}`,
    property,
    ours?.properties?.[key]
  ])
)

/** Lists the keys of required fields. */
const requiredOf = (all: Readonly<Record<string, { required?: unknown }>>) =>
  Object.keys(all)
    .filter((key) => all[key]?.required)
    .sort()

const addedTo = (action: ActionKey) =>
  Object.keys(actions[action].fields).filter((key) => !Object.hasOwn(published.actions[action].fields, key))

describe('The keys of the published destination', () => {
  it('belong to the same slug and mode', () => {
    expect([destination.slug, destination.mode]).toEqual([published.slug, published.mode])
  })

  it('are the same for actions', () => {
    expect(Object.keys(destination.actions).sort()).toEqual([...keys].sort())
  })

  it('are the same for settings, with the same types and required flags', () => {
    const ours = destination.authentication?.fields ?? {}
    expect(Object.keys(ours)).toEqual(Object.keys(published.settings))
    for (const [key, { type, required }] of entriesOf(published.settings)) {
      expect(ours[key]).toMatchObject({ type, required })
    }
  })

  it.each([...fields, ...properties])('include the field %s with a compatible type', (_name, field, ours) => {
    expect(ACCEPTED_BY[field.type]).toContain(ours?.type)
    expect(ours?.multiple ?? false).toBe(field.multiple ?? false)
  })

  it.each(keys)('are required of %s alike', (action) => {
    expect(requiredOf(actions[action].fields)).toEqual(requiredOf(published.actions[action].fields))
  })

  it('are less often required of a product', () => {
    expect(requiredOf(published.actions.trackPurchase.fields.products?.properties ?? {})).toEqual(['price'])
    expect(requiredOf(actions.trackPurchase.fields.products?.properties ?? {})).toEqual([])
  })

  it('are extended by few fields, none of which is sent unless mapped', () => {
    expect(Object.fromEntries(keys.map((action) => [action, addedTo(action)]))).toEqual({
      trackCustomer: ['gender', 'category', 'timezone'],
      trackPurchase: [],
      trackSignUp: ['timezone'],
      trackCustomEvent: []
    })
    for (const action of keys) {
      for (const key of addedTo(action)) expect(actions[action].fields[key]?.default).toBeUndefined()
    }
  })
})

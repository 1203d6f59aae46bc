import { type ActionKey, actions, destination, type Field } from '../../src'
import { published, type PublishedField } from './published'

/** The types of ours that take whatever the published type takes. */
const TAKEN_BY: Record<string, string[]> = {
  string: ['string'],
  number: ['number'],
  integer: ['integer', 'number'],
  boolean: ['boolean'],
  object: ['object']
}

/** What there is to compare of a field of ours. */
type OurField = Pick<Field, 'type' | 'multiple' | 'properties'>

const entriesOf = <Value>(record: Record<string, Value>) => Object.entries(record)

const keys = Object.keys(published.actions) as ActionKey[]

/** Each field of the published destination, and ours of the same key. */
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

/** The keys of the fields that are required. */
const requiredOf = (all: Readonly<Record<string, { required?: unknown }>>) =>
  Object.keys(all)
    .filter((key) => all[key]?.required)
    .sort()

const addedTo = (action: ActionKey) =>
  Object.keys(actions[action].fields).filter((key) => !Object.hasOwn(published.actions[action].fields, key))

describe('The keys of the published destination', () => {
  it('are of the same slug and mode', () => {
    expect([destination.slug, destination.mode]).toEqual([published.slug, published.mode])
  })

  it('name the same actions', () => {
    expect(Object.keys(destination.actions).sort()).toEqual([...keys].sort())
  })

  it('name the same settings, of the same type and required alike', () => {
    const ours = destination.authentication?.fields ?? {}
    expect(Object.keys(ours)).toEqual(Object.keys(published.settings))
    for (const [key, { type, required }] of entriesOf(published.settings)) {
      expect(ours[key]).toMatchObject({ type, required })
    }
  })

  it.each([...fields, ...properties])('name the field %s, which takes what it took', (_name, field, ours) => {
    expect(TAKEN_BY[field.type]).toContain(ours?.type)
    expect(ours?.multiple ?? false).toBe(field.multiple ?? false)
  })

  it.each(keys)('name all that %s requires', (action) => {
    expect(requiredOf(actions[action].fields)).toEqual(requiredOf(published.actions[action].fields))
  })

  it('name more of a product that is required than ours do', () => {
    expect(requiredOf(published.actions.trackPurchase.fields.products?.properties ?? {})).toEqual(['price'])
    expect(requiredOf(actions.trackPurchase.fields.products?.properties ?? {})).toEqual([])
  })

  it('lack few that ours have, none of which is sent unless somebody maps it', () => {
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

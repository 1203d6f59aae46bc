import type { SegmentEvent } from '@segment/actions-core'
import { actions } from '../cloud/actions'
import { ITEM, type ReadTree, toPartKey, toReadTree } from '../mapping/read-tree'
import { isBlank, isRecord, setOwn } from '../values'
import type { FriendbuySubscription } from './subscriptions'

/** Parts of an event whose values are reported. Nobody expects all of its context to be sent. */
const ROOTS = ['properties', 'traits'] as const

/** Returns the part of an event that the specification gives its type. Names of the other one are reported with it. */
const toOwnRoot = ({ type }: SegmentEvent) =>
  type === 'identify' || type === 'group' ? 'traits' : 'properties'

/**
 * Finds the properties and traits of an event that no mapping reads. Blank values, and names that begin with `$`, which
 * hosts add, are not reported.
 *
 * @param subscriptions subscriptions that match the event
 * @returns names such as `shipping`, `address.street` or `products[].brand`, each once; traits of a track event as
 * `traits.plan`
 * @example
 * findNotMapped({ type: 'identify', traits: { email: 'ada@example.com', plan: 'pro' } }, presetSubscriptions) // ['plan']
 */
export const findNotMapped = (
  event: SegmentEvent,
  subscriptions: readonly FriendbuySubscription[]
): string[] => {
  if (subscriptions.length === 0) return []
  const trees = subscriptions.map(toTree)
  if (trees.some(({ isWhole }) => isWhole)) return []
  const found = new Set<string>()
  for (const root of ROOTS) {
    const values: unknown = event[root]
    if (!isRecord(values)) continue
    collectOfObject(values, partsOf(trees, root), root === toOwnRoot(event) ? '' : root, found)
  }
  return [...found]
}

/** Lists the names that mappings read beside a name that none reads: what it may be a misspelling of. */
export const readNamesBeside = (name: string, subscriptions: readonly FriendbuySubscription[]): string[] => {
  const keys = name.replaceAll(ITEM, `.${ITEM}`).split('.').slice(0, -1)
  const paths = isRoot(keys[0]) ? [keys] : ROOTS.map((root) => [root, ...keys])
  const names = paths.flatMap((path) => {
    let trees = subscriptions.map(toTree)
    for (const key of path) trees = partsOf(trees, key)
    return trees.flatMap(({ parts }) => [...parts.keys()])
  })
  return [...new Set(names)].filter((found) => found !== ITEM)
}

const isRoot = (key: unknown) => ROOTS.some((root) => root === key)

const trees = new WeakMap<FriendbuySubscription, ReadTree>()

const toTree = (subscription: FriendbuySubscription): ReadTree => {
  const known = trees.get(subscription) ?? createTree(subscription)
  trees.set(subscription, known)
  return known
}

const createTree = ({ partnerAction, mapping }: FriendbuySubscription): ReadTree => {
  const fields: Record<string, { properties?: object }> = actions[partnerAction].fields
  return toReadTree(mapping, (field) => {
    const { properties } = (Object.hasOwn(fields, field) && fields[field]) || {}
    return properties && Object.keys(properties)
  })
}

const partsOf = (places: readonly ReadTree[], key: string) =>
  places.flatMap(({ parts }) => parts.get(toPartKey(key)) ?? [])

const collectOfObject = (
  values: Record<string, unknown>,
  places: readonly ReadTree[],
  name: string,
  found: Set<string>
) => {
  if (places.some(({ isWhole }) => isWhole)) return
  const prefix = name === '' ? '' : `${name}.`
  for (const key of Object.keys(values)) {
    const value = values[key]
    if (isEmpty(value) || key.startsWith('$')) continue
    const isIndex = toPartKey(key) === ITEM
    collect(value, partsOf(places, key), isIndex && name !== '' ? name + ITEM : prefix + key, found)
  }
}

/** Collects the names of a value that is not blank: its own if nothing reads it, and those of its parts otherwise. */
const collect = (value: unknown, places: readonly ReadTree[], name: string, found: Set<string>) => {
  if (places.length === 0) found.add(name)
  else if (places.some(({ isWhole }) => isWhole)) return
  else if (Array.isArray(value)) {
    const ofItems = partsOf(places, ITEM)
    for (const item of ofItems.length > 0 ? (value as unknown[]) : []) {
      if (!isEmpty(item)) collect(item, ofItems, name + ITEM, found)
    }
    if (ofItems.length === 0) found.add(name)
  } else if (isRecord(value)) collectOfObject(value, places, name, found)
  // A falsy value on the way is what a path gives.
  else if (value && !places.some(({ readsScalar }) => readsScalar)) found.add(name)
}

const isEmpty = (value: unknown) =>
  isBlank(value) || (typeof value === 'object' && Object.keys(value as object).length === 0)

/** Maximum number of names that are counted one by one. */
const MAX_NAMES = 200

/** Number of events by name that is not mapped: plain JSON. */
export interface NotMappedCounts {
  names: Record<string, number>
  /** Occurrences of further names, beyond the first 200. */
  others: number
}

/** Counts the names of an event. */
export const countNotMapped = (counts: NotMappedCounts, names: readonly string[]): void => {
  for (const name of names) {
    if (Object.hasOwn(counts.names, name)) setOwn(counts.names, name, (counts.names[name] ?? 0) + 1)
    else if (Object.keys(counts.names).length < MAX_NAMES) setOwn(counts.names, name, 1)
    else counts.others += 1
  }
}

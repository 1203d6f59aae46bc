import type { SegmentEvent } from '@segment/actions-core'
import { ITEM, mergeTrees, type ReadTree, toPartKey, toReadTree } from '../mapping/read-tree'
import { isBlank, isRecord, setOwn } from '../values'
import type { FriendbuySubscription } from './subscriptions'
import { suggest } from './suggest'

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
  const tree = toTree(subscriptions)
  if (!tree || tree.isWhole) return []
  const found = new Set<string>()
  for (const root of ROOTS) {
    const values: unknown = event[root]
    if (!isRecord(values)) continue
    const name = root === toOwnRoot(event) ? '' : root
    collectOfObject(values, tree.parts.get(root) ?? NOTHING, name, found)
  }
  return [...found]
}

const NOTHING: ReadTree = { isWhole: false, readsScalar: false, parts: new Map() }

/** A property or trait of an event that no mapping reads. */
export interface NotMappedValue {
  /** Name of the value, such as `shipping`, `address.street` or `products[].brand`. */
  name: string
  /** Name that the mappings read, and that this one may be a misspelling of. */
  suggestion?: string
}

/** Adds suggestions to names of `findNotMapped`. */
export const toNotMappedValues = (
  names: readonly string[],
  subscriptions: readonly FriendbuySubscription[]
): NotMappedValue[] =>
  names.map((name) => {
    const suggestion = suggestFor(name, subscriptions)
    return { name, ...(suggestion !== undefined && { suggestion }) }
  })

/** Maximum number of names whose suggestions are remembered, for each set of subscriptions. */
const MAX_SUGGESTIONS = 1000

/** Suggestions by name, for what subscriptions read together. Finding one takes longer than mapping the event. */
const suggestions = new WeakMap<ReadTree, Map<string, string | undefined>>()

const suggestFor = (name: string, subscriptions: readonly FriendbuySubscription[]): string | undefined => {
  const tree = toTree(subscriptions)
  if (!tree) return undefined
  const known = suggestions.get(tree) ?? new Map<string, string | undefined>()
  suggestions.set(tree, known)
  if (!known.has(name)) {
    if (known.size >= MAX_SUGGESTIONS) known.clear()
    known.set(name, suggest(name, readNamesBeside(name, subscriptions)))
  }
  return known.get(name)
}

/** Lists the names that mappings read beside a name that none reads: what it may be a misspelling of. */
export const readNamesBeside = (name: string, subscriptions: readonly FriendbuySubscription[]): string[] => {
  const keys = name.replaceAll(ITEM, `.${ITEM}`).split('.').slice(0, -1)
  const paths = isRoot(keys[0]) ? [keys] : ROOTS.map((root) => [root, ...keys])
  const names = paths.flatMap((path) => {
    let tree = toTree(subscriptions)
    for (const key of path) tree = tree?.parts.get(toPartKey(key))
    return tree ? [...tree.parts.keys()] : []
  })
  return [...new Set(names)].filter((found) => found !== ITEM)
}

const isRoot = (key: unknown) => ROOTS.some((root) => root === key)

/** Trees of subscriptions, and merged ones: events of one kind match the same subscriptions. */
const trees = new WeakMap<FriendbuySubscription, ReadTree>()
const merged = new WeakMap<ReadTree, WeakMap<FriendbuySubscription, ReadTree>>()

/** Returns what the mappings of subscriptions read together. Undefined without subscriptions. */
const toTree = ([first, ...others]: readonly FriendbuySubscription[]): ReadTree | undefined => {
  if (!first) return undefined
  let tree = trees.get(first) ?? toReadTree(first.mapping)
  trees.set(first, tree)
  for (const other of others) {
    const withOthers = merged.get(tree) ?? new WeakMap<FriendbuySubscription, ReadTree>()
    merged.set(tree, withOthers)
    tree = withOthers.get(other) ?? mergeTrees(tree, toReadTree(other.mapping))
    withOthers.set(other, tree)
  }
  return tree
}

const collectOfObject = (
  values: Record<string, unknown>,
  { isWhole, parts }: ReadTree,
  name: string,
  found: Set<string>
) => {
  if (isWhole) return
  const prefix = name === '' ? '' : `${name}.`
  for (const key of Object.keys(values)) {
    const value = values[key]
    const partKey = toPartKey(key)
    const part = parts.get(partKey)
    if (part?.isWhole || isEmpty(value) || key.startsWith('$')) continue
    collect(value, part, partKey === ITEM && name !== '' ? name + ITEM : prefix + key, found)
  }
}

/** Collects the names of a value that is not blank: its own if nothing reads it, and those of its parts otherwise. */
const collect = (value: unknown, tree: ReadTree | undefined, name: string, found: Set<string>) => {
  if (!tree) found.add(name)
  else if (tree.isWhole) return
  else if (Array.isArray(value)) {
    const ofItems = tree.parts.get(ITEM)
    if (!ofItems) found.add(name)
    for (const item of ofItems ? (value as unknown[]) : []) {
      if (!isEmpty(item)) collect(item, ofItems, name + ITEM, found)
    }
  } else if (isRecord(value)) collectOfObject(value, tree, name, found)
  // A falsy value on the way is what a path gives.
  else if (value && !tree.readsScalar) found.add(name)
}

const isEmpty = (value: unknown) => {
  if (typeof value !== 'object' || value === null) return isBlank(value)
  for (const key in value) if (Object.hasOwn(value, key)) return false
  return true
}

/** Maximum number of names that are counted one by one. */
const MAX_NAMES = 200

/** Occurrences by name, such as that of a property: plain JSON. */
export interface NameCounts {
  names: Record<string, number>
  /** Occurrences of further names, beyond the first 200. */
  others: number
}

/** Counts names. */
export const countNames = (counts: NameCounts, names: readonly string[]): void => {
  for (const name of names) {
    if (Object.hasOwn(counts.names, name)) setOwn(counts.names, name, (counts.names[name] ?? 0) + 1)
    else if (Object.keys(counts.names).length < MAX_NAMES) setOwn(counts.names, name, 1)
    else counts.others += 1
  }
}

import { toObject } from '../values'
import { hasRootDirective, isDirective } from './directives'
import { toKeys } from './path'

/** Parts of an event that mappings read, by key. */
export interface ReadTree {
  /** True if everything here is read. */
  isWhole: boolean
  /** True if a value here is read unless it is an object or a list. */
  readsScalar: boolean
  /** Parts of an object, by key; those of any item of a list at `ITEM`. */
  readonly parts: Map<string, ReadTree>
}

/** Key for the items of a list, and for any index. */
export const ITEM = '[]'

/** Returns the key of a part for a key of an object. */
export const toPartKey = (key: string): string => (key <= '9~' && /^\d+$/.test(key) ? ITEM : key)

const newTree = (): ReadTree => ({ isWhole: false, readsScalar: false, parts: new Map() })

/**
 * Finds the parts of an event that a mapping may read: a change to any other part does not change the payload. What
 * cannot be told beforehand counts as reading everything: `@liquid`, and a path or a template that a directive gives. A
 * template within a value of the event is not foreseen.
 *
 * @example
 * toReadTree({ email: { '@path': '$.traits.email' } }).parts.get('traits')?.parts.has('email') // true
 */
export const toReadTree = (mapping: object): ReadTree => {
  const tree = newTree()
  if (isDirective(mapping) || hasRootDirective(mapping)) tree.isWhole = true
  for (const value of Object.values(mapping)) add(tree, value)
  return tree
}

/** Merges two trees: what at least one of them reads. */
export const mergeTrees = (one: ReadTree, other: ReadTree): ReadTree => {
  const parts = new Map(one.parts)
  for (const [key, part] of other.parts) {
    const own = parts.get(key)
    parts.set(key, own ? mergeTrees(own, part) : part)
  }
  return {
    isWhole: one.isWhole || other.isWhole,
    readsScalar: one.readsScalar || other.readsScalar,
    parts
  }
}

/** Adds what a value of a mapping reads of the part of the event that `tree` stands for. */
const add = (tree: ReadTree, value: unknown): void => {
  if (Array.isArray(value)) {
    for (const item of value) add(tree, item)
    return
  }
  const object = toObject(value)
  if (!object) return
  for (const [key, given] of Object.entries(object)) {
    if (!key.startsWith('@')) add(tree, given)
    else if (key === '@path') addText(tree, given, (path) => [toFieldKeys(path)])
    else if (key === '@template') addText(tree, given, toTemplateKeys)
    else if (key === '@arrayPath') addArrayPath(tree, given)
    // Its `mapping` reads the result of `apply`.
    else if (key === '@transform') add(tree, toObject(given)?.apply)
    else if (PASSING.has(key)) add(tree, given)
    else tree.isWhole = true
  }
}

/** Directives that read what the directives within them read. */
const PASSING = new Set([
  '@literal',
  '@excludeWhenNull',
  '@if',
  '@case',
  '@replace',
  '@flatten',
  '@json',
  '@merge'
])

const addText = (tree: ReadTree, given: unknown, toPaths: (text: string) => string[][]) => {
  if (typeof given !== 'string') tree.isWhole = true
  else for (const keys of toPaths(given)) descend(tree, keys).isWhole = true
}

const addArrayPath = (tree: ReadTree, given: unknown) => {
  const [path, shape] = Array.isArray(given) ? (given as unknown[]) : []
  if (typeof path !== 'string') tree.isWhole = true
  else {
    const place = descend(tree, toFieldKeys(path))
    if (Object.keys(toObject(shape) ?? {}).length === 0) place.isWhole = true
    else {
      place.readsScalar = true
      add(descend(place, [ITEM]), shape)
      // An object counts as a list of one.
      add(place, shape)
    }
  }
}

const toFieldKeys = (path: string) => (path === '.' ? [] : toKeys(path.replace('$.', '')))

const toTemplateKeys = (template: string) =>
  [/\{\{\{([^}]+)\}\}\}/g, /\{\{([^}]+)\}\}/g]
    .flatMap((pattern) => [...template.matchAll(pattern)])
    .map(([, path = '']) => (path.trim() === '.' ? [] : toKeys(path.trim())))

const descend = (tree: ReadTree, keys: readonly string[]): ReadTree => {
  let place = tree
  for (const key of keys.map(toPartKey)) {
    const part = place.parts.get(key) ?? newTree()
    place.parts.set(key, part)
    place = part
  }
  return place
}

/** Tolerance for the forms in which MAPI's answers come, or are documented. Nothing that came is lost. */
import { isBlank, isRecord, toNumber } from '../../values'

type Properties = Readonly<Record<string, unknown>>

/** The properties of an answer; none for a list, text or an empty body. */
export const toRecord = (body: unknown): Record<string, unknown> => (isRecord(body) ? body : {})

/** Renames a property, unless the new name is in use. */
export const renameIfMissing = (properties: Properties, from: string, to: string): Properties => {
  if (properties[from] === undefined || properties[to] !== undefined) return properties
  const { [from]: value, ...others } = properties
  return { ...others, [to]: value }
}

/** Turns text into numbers in these properties, and leaves text that is no number. */
export const withNumbers = (properties: Properties, ...names: readonly string[]): Properties =>
  names.reduce((all, name) => {
    const number = toNumber(all[name])
    return number === undefined ? all : { ...all, [name]: number }
  }, properties)

/** Applies a function to each record of a list, which one alone may stand for; missing stays missing. */
export const mapRecords = (list: unknown, map: (item: Properties) => Properties): unknown => {
  if (Array.isArray(list)) return list.map((item: unknown) => (isRecord(item) ? map(item) : item))
  return isRecord(list) ? [map(list)] : list
}

/** Gives a list under a name, also if it comes under another one or not at all. */
export const withList = (
  body: unknown,
  name: string,
  otherName: string,
  map: (item: Properties) => Properties = (item) => item
): Properties => {
  const properties = toRecord(body)
  const { [otherName]: otherList, ...others } = properties
  const named = Array.isArray(otherList) ? { ...others, [name]: otherList } : properties
  return { ...named, [name]: Array.isArray(named[name]) ? mapRecords(named[name], map) : [] }
}

/** Gives a page, whose results may be missing and whose token may be null or empty. */
export const toPage = (body: unknown, map?: (item: Properties) => Properties): Properties => {
  const { nextPageToken, ...page } = withList(body, 'results', 'results', map)
  return isBlank(nextPageToken) ? page : { ...page, nextPageToken }
}

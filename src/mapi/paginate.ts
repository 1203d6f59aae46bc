import { MapiError } from './errors'
import type { Page, Paged, ToArrayOptions } from './contract/common'

/** Properties of a query that a page token holds, so that they do not go along with one. */
const HELD_BY_TOKEN = ['fromDate', 'toDate', 'pageSize']

type Query = Readonly<Record<string, unknown>>

/** The query for the page of a token: the filters, which the token does not hold, and the token. */
export const toPageQuery = (query: Query): Query =>
  query.pageToken === undefined
    ? query
    : Object.fromEntries(Object.entries(query).filter(([name]) => !HELD_BY_TOKEN.includes(name)))

/**
 * Makes a report of the pages that a function gets.
 *
 * @param getPage gets the page of a query
 */
export const paginate = <Item>(query: Query, getPage: (query: Query) => Promise<Page<Item>>): Paged<Item> => {
  let first: Promise<Page<Item>> | undefined
  const getFirst = () => (first ??= getPage(query))

  /** Pages one after the other, none ahead, up to the first without a token or without items. */
  async function* pages() {
    const sentTokens = new Set<unknown>([query.pageToken])
    let page = await getPage(query)
    for (;;) {
      yield page
      const { nextPageToken, results } = page
      // Its own examples give totalResults as 0 beside a result, so nothing depends on it.
      if (nextPageToken === undefined || results.length === 0) return
      if (sentTokens.has(nextPageToken)) {
        throw new MapiError('MAPI gave a page token for the second time, so the report would never end.', {
          code: 'PAGE_TOKEN_REPEATED',
          isRetryable: false,
          phase: 'call',
          outcome: 'refused'
        })
      }
      sentTokens.add(nextPageToken)
      page = await getPage({ ...query, pageToken: nextPageToken })
    }
  }

  async function* items() {
    for await (const { results } of pages()) yield* results
  }

  return {
    [Symbol.toStringTag]: 'Paged',
    [Symbol.asyncIterator]: items,
    then: (onFulfilled, onRejected) => getFirst().then(onFulfilled, onRejected),
    catch: (onRejected) => getFirst().catch(onRejected),
    finally: (onFinally) => getFirst().finally(onFinally),
    pages,
    toArray: ({ limit }) => gather(items(), limit)
  }
}

const gather = async <Item>(items: AsyncIterable<Item>, limit: ToArrayOptions['limit']): Promise<Item[]> => {
  if (typeof limit !== 'number' || !(limit >= 0)) throw new TypeError('toArray needs a limit of at least 0.')
  const gathered: Item[] = []
  if (limit === 0) return gathered
  for await (const item of items) {
    gathered.push(item)
    if (gathered.length >= limit) break
  }
  return gathered
}

/** Does some work for each item, in order, so many at once. */
export const atOnce = async <Item>(
  concurrency: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<unknown>
): Promise<void> => {
  const waiting = items[Symbol.iterator]()
  const keepWorking = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: concurrency }, keepWorking))
}

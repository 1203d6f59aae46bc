/** Does some work for each item, in order, so many at once. */
exports.atOnce = async (concurrency, items, work) => {
  const waiting = items.values()
  const keepWorking = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: concurrency }, keepWorking))
}

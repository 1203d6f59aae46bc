/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export const seededRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** The items in another order (Fisher and Yates). */
export const shuffle = <Item>(items: readonly Item[], random: () => number): Item[] => {
  const shuffled: Item[] = []
  for (const item of items) {
    const place = Math.floor(random() * (shuffled.length + 1))
    shuffled.push(item)
    const other = shuffled[place]
    if (other === undefined) continue
    shuffled[place] = item
    shuffled[shuffled.length - 1] = other
  }
  return shuffled
}

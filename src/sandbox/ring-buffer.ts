/** The latest `limit` items of an endless sequence. */
export class RingBuffer<Item> {
  readonly #limit: number
  #items: Item[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  push(item: Item): void {
    this.#items.push(item)
    // Half of the items at once, so that a push costs the same however many there are.
    if (this.#items.length >= 2 * this.#limit) this.#items = this.items()
  }

  /** Copy of the items, the oldest first. */
  items(): Item[] {
    return this.#limit > 0 ? this.#items.slice(-this.#limit) : []
  }

  /** Keeps only the items that pass. */
  filter(passes: (item: Item) => boolean): void {
    this.#items = this.items().filter(passes)
  }
}

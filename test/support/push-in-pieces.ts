/**
 * Pushes bytes into a splitter in pieces of these sizes, in turn, and ends it. Each piece is overwritten after it was
 * pushed, as a reader that reuses its buffer does.
 */
export function* pushInPieces<Item>(
  splitter: { push: (bytes: Buffer) => Iterable<Item>; end: () => Iterable<Item> },
  bytes: Buffer,
  sizes: readonly number[]
): Generator<Item> {
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const piece = Buffer.from(bytes.subarray(start, start + (sizes[index % sizes.length] ?? bytes.length)))
    yield* splitter.push(piece)
    start += piece.length
    piece.fill('!')
  }
  yield* splitter.end()
}

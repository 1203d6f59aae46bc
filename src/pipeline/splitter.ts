/** Cuts the bytes of one source into JSON values, in the order in which they come, without recursion. */
export interface Splitter {
  /** The values that end within the next bytes, which it does not keep: they may be overwritten afterwards. */
  push: (bytes: Buffer) => Iterable<Piece>
  /** The value that ends where the source does, if there is one. */
  end: () => Iterable<Piece>
}

/** One JSON value of a source, or what is wrong in its place. */
export type Piece = {
  /** The number of its line, or its position in the array; from 1. */
  line: number
} & (
  | {
      value: unknown
      /** Its JSON, on one line. */
      raw: string
    }
  | {
      problem: string
      /** What stands there; missing where it is too long to keep. */
      raw: string | undefined
    }
)

/** How many bytes one value may have; a longer one is a problem in its place, and its bytes are not kept. */
export const MAX_BYTES = 64 * 1024 * 1024

/** The problem of a value that has more bytes than it may. */
export const tooLong = (maxBytes: number): string => `longer than ${maxBytes / 1024 / 1024} MiB`

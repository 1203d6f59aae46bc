import { createReadStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'

/**
 * The bytes of a file from one position up to, but not with, another; fewer where the file ends before.
 *
 * @throws what reading the file throws
 */
export const readBytes = async (path: string, from: number, below: number): Promise<Buffer> =>
  below > from ? buffer(createReadStream(path, { start: from, end: below - 1 })) : Buffer.alloc(0)

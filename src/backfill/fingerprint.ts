import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'

/** What a file is known by, wherever it is and whatever it is called. */
export interface Fingerprint {
  /** Its length in bytes. */
  size: number
  /** SHA-256 of its first 64 KiB, or of all of it where it is shorter, in hexadecimal. */
  sha256: string
}

/** How a file relates to an earlier fingerprint: `grown` by whole lines, or `cut`, grown within what was its last line. */
export type Comparison = 'same' | 'grown' | 'cut' | 'other'

const HEAD_BYTES = 64 * 1024

/**
 * The fingerprint of a file.
 *
 * @throws Error when it is no regular file, and cannot be read a second time therefore, or cannot be read at all
 */
export const fingerprintOf = async (path: string): Promise<Fingerprint> => {
  const stats = await stat(path)
  if (!stats.isFile()) {
    throw new Error(`${path} cannot have a checkpoint: it is no file that can be read a second time.`)
  }
  return { size: stats.size, sha256: await hashHead(path, stats.size) }
}

/**
 * Compares a file with the fingerprint that it had, or another file.
 *
 * @throws what reading the file throws
 */
export const compare = async (path: string, now: Fingerprint, earlier: Fingerprint): Promise<Comparison> => {
  if (now.size < earlier.size) return 'other'
  if (now.size === earlier.size) return now.sha256 === earlier.sha256 ? 'same' : 'other'
  if ((await hashHead(path, earlier.size)) !== earlier.sha256) return 'other'
  if (earlier.size === 0) return 'grown'
  const seam = await readBytes(path, earlier.size - 1, earlier.size + 1)
  return /^\n|^.[\r\n]/s.test(seam.toString('latin1')) ? 'grown' : 'cut'
}

const hashHead = async (path: string, size: number) => {
  const head = await readBytes(path, 0, Math.min(size, HEAD_BYTES))
  return createHash('sha256').update(head).digest('hex')
}

/**
 * The bytes of a file from one position up to, but not with, another; fewer where the file ends before.
 *
 * @throws what reading the file throws
 */
export const readBytes = async (path: string, from: number, below: number): Promise<Buffer> =>
  below > from ? buffer(createReadStream(path, { start: from, end: below - 1 })) : Buffer.alloc(0)

import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { isRecord } from '../values'
import type { FailedEvent } from '../events/failed-event'
import { toMessage } from '../messages'
import { createGroupCommit } from './group-commit'

/** File with one failed event per line, as JSON, in the order of the writes. */
export interface FailedFile {
  /**
   * Appends a line. Resolves when the operating system has it, so that killing the process does not lose it. Calls made
   * during a write share the next one.
   *
   * @throws Error with the file's name and the reason if it cannot be written; so does every later call
   */
  write: (failed: FailedEvent) => Promise<void>
  /** Length of the file after all writes so far, in bytes. */
  readonly bytes: number
  /**
   * Waits for pending writes and closes the file; no write may follow.
   *
   * @throws Error if it cannot be written, now or before
   */
  close: () => Promise<void>
}

/** Options of `openFailedFile`. */
export interface FailedFileOptions {
  /**
   * Length of the file when the resumed run was last saved, in bytes.
   *
   * @default none: the run begins, and the file must be empty
   */
  resumeAt?: number
}

/** Permissions of everyone but the owner. */
const OTHERS = 0o077

/** Beginning of each line. */
const LINE_START = '{"event":'

/**
 * Opens a failed file, or creates it; readable by its owner only, since it holds customers' data. A run that begins needs an empty file. A run that
 * resumes truncates the file to `resumeAt`, so that no event is in it twice, and begins a new one if it was moved away.
 * Anything but a regular file, such as a pipe, is written as it is.
 *
 * @throws Error if the file is not empty when a run begins, is not as the resumed run left it, cannot be
 *   opened, or can be read by others and belongs to another user
 *
 * @example
 * const file = await openFailedFile('failed.ndjson')
 * await file.write({ event, error: 'no such campaign' })
 * await file.close()
 */
export const openFailedFile = async (
  path: string,
  { resumeAt }: FailedFileOptions = {}
): Promise<FailedFile> => {
  const found = await stat(path).catch((error: unknown) => {
    if (isRecord(error) && error.code === 'ENOENT') return undefined
    throw error
  })
  const isCut = found?.isFile() === true && resumeAt !== undefined
  if (found?.isFile() === true && found.size > 0 && resumeAt === undefined) {
    throw new Error(`${path} is not empty and would be overwritten: choose another file, or delete it.`)
  }
  if (isCut && !(await isLeftAt(path, found.size, resumeAt))) {
    throw new Error(
      `${path} is not the --failed file of the run to resume: restore that file, or choose another one.`
    )
  }
  const file = await open(path, 'a', 0o600).catch((error: unknown) => {
    throw new Error(`${path} cannot be written: ${toMessage(error)}`, { cause: error })
  })
  try {
    if (found?.isFile() === true && (found.mode & OTHERS) !== 0) await restrict(file, path)
    if (isCut) await file.truncate(resumeAt)
  } catch (error) {
    await file.close()
    throw error
  }

  let bytes = isCut ? resumeAt : 0
  let lines: string[] = []
  const commit = createGroupCommit(async () => {
    const text = lines.join('')
    lines = []
    try {
      await file.appendFile(text)
    } catch (error) {
      throw new Error(`${path} cannot be written: ${toMessage(error)}`, { cause: error })
    }
  })

  return {
    write: ({ event, ...rest }) => {
      const text = `${JSON.stringify({ event, ...rest })}\n`
      lines.push(text)
      bytes += Buffer.byteLength(text)
      return commit()
    },
    get bytes() {
      return bytes
    },
    close: async () => {
      try {
        await commit()
      } finally {
        await file.close()
      }
    }
  }
}

/** Tells if a file may be what a run left with that length: a line ends there, and a failed event follows or nothing. */
const isLeftAt = async (path: string, size: number, length: number) => {
  if (size < length) return false
  const before = length === 0 ? '\n' : (await readBytes(path, length - 1, length)).toString('latin1')
  const after = (await readBytes(path, length, length + LINE_START.length)).toString('latin1')
  return before === '\n' && (after.startsWith(LINE_START) || LINE_START.startsWith(after))
}

/** Returns the bytes of a file in a range, `below` not included; fewer if the file ends before. */
const readBytes = async (path: string, from: number, below: number): Promise<Buffer> =>
  below > from ? buffer(createReadStream(path, { start: from, end: below - 1 })) : Buffer.alloc(0)

const restrict = async (file: FileHandle, path: string) => {
  try {
    await file.chmod(0o600)
  } catch (error) {
    const reason = `can be read by others, which cannot be changed (${toMessage(error)})`
    throw new Error(`${path} ${reason}: choose another file.`, { cause: error })
  }
}

import { type FileHandle, open, stat } from 'node:fs/promises'
import { isRecord } from '../values'
import type { FailedEvent } from '../events/failed-event'
import { toMessage } from '../messages'
import { createGroupCommit } from './group-commit'
import { readBytes } from './fingerprint'

/** A file with one failed event a line, as JSON, in the order in which they were written. */
export interface FailedFile {
  /**
   * Adds a line, and resolves when the operating system has it: a process that is killed then does not lose it. Calls
   * that come while the file is written share the next write.
   *
   * @throws Error with the name of the file and the reason when it cannot be written; so does every later call
   */
  write: (failed: FailedEvent) => Promise<void>
  /** The length in bytes that the file has when every write so far is done. */
  readonly bytes: number
  /**
   * Waits for the writes under way, and closes the file; no write may follow.
   *
   * @throws Error when it cannot be written, now or before
   */
  close: () => Promise<void>
}

/** How a file of failed events is opened. */
export interface FailedFileOptions {
  /** The length in bytes that the run which goes on had left it with; missing where the run begins. */
  resumeAt?: number
}

/** What each line begins with. */
const LINE_START = '{"event":'

/**
 * Opens a file of failed events, and makes it where there is none, for nobody but its owner to read. A run that begins
 * takes no file that holds anything. A run that goes on cuts off what stands beyond `resumeAt`, so that no event stands
 * there twice; where the file was moved away, it begins another. What is no regular file (such as a pipe) is written
 * as it is.
 *
 * @throws Error when the file is not empty as the run begins, is not the one that the run had left, or cannot be opened
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
    throw new Error(`${path} is not empty, and is not written over: name another --failed, or delete it.`)
  }
  if (isCut && !(await isLeftAt(path, found.size, resumeAt))) {
    throw new Error(
      `${path} is not as the run that goes on had left it: put that file back, or name another --failed.`
    )
  }
  const file = await open(path, 'a', 0o600)
  if (isCut) await truncate(file, resumeAt)

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

/** Whether a file may be what a run had left with that length: it ends a line there, and goes on with a failed event. */
const isLeftAt = async (path: string, size: number, length: number) => {
  if (size < length) return false
  const before = length === 0 ? '\n' : (await readBytes(path, length - 1, length)).toString('latin1')
  const after = (await readBytes(path, length, length + LINE_START.length)).toString('latin1')
  return before === '\n' && (after.startsWith(LINE_START) || LINE_START.startsWith(after))
}

const truncate = async (file: FileHandle, length: number) => {
  try {
    await file.truncate(length)
  } catch (error) {
    await file.close()
    throw error
  }
}

import { open } from 'node:fs/promises'
import { toMessage } from '../messages'

/** Permissions of anyone but the owner. */
const OTHERS = 0o077

/**
 * The text of a file that only its owner can read. The permissions checked are those of the file that is read.
 *
 * @throws Error saying what to do if the file cannot be read, or if others can read it
 */
export const readPrivateFile = async (path: string): Promise<string> => {
  try {
    const file = await open(path)
    try {
      const { mode } = await file.stat()
      // Windows has no such permissions, and Node makes some up.
      if (process.platform !== 'win32' && (mode & OTHERS) !== 0) throw new FilePermissionError(path)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof FilePermissionError) throw error
    throw new Error(`Cannot read ${path}: ${toMessage(error)}`, { cause: error })
  }
}

class FilePermissionError extends Error {
  constructor(path: string) {
    super(`${path} can be read by others: run "chmod 600 ${path}".`)
  }
}

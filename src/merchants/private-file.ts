import { open } from 'node:fs/promises'
import { toMessage } from '../messages'

/** Permissions of anybody but the owner. */
const OTHERS = 0o077

/**
 * The text of a file that nobody but its owner may read: the file that is looked at is the one that is read.
 *
 * @throws Error saying what to do where it cannot be read, or can be read by others
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
    throw new Error(`${path} cannot be read: ${toMessage(error)}`, { cause: error })
  }
}

class FilePermissionError extends Error {
  constructor(path: string) {
    super(`${path} can be read by others: run "chmod 600 ${path}".`)
  }
}

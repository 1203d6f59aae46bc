import { readFile } from 'node:fs/promises'
import { toMessage } from '../messages'
import { readPrivateFile } from './private-file'

/** Options of `readJsonFile`. */
export interface JsonFileOptions {
  /** Expected content, for the error message. */
  expected: string
  /**
   * Refuses a file that anyone but its owner can read, and keeps its content out of the error messages.
   *
   * @default false
   */
  isPrivate?: boolean
}

/**
 * The value of a JSON file. A byte order mark is ignored.
 *
 * @throws Error naming the file if it cannot be read, if others can read a private one, or if it is not JSON
 */
export const readJsonFile = async (
  path: string,
  { expected, isPrivate = false }: JsonFileOptions
): Promise<unknown> => {
  const text = isPrivate ? await readPrivateFile(path) : await readPublicFile(path)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // JSON.parse quotes the file, which may hold credentials.
    if (isPrivate) throw new Error(`${path} is not valid JSON: expected ${expected}.`)
    throw new Error(`${path} is not valid JSON (${toMessage(error)}): expected ${expected}.`, {
      cause: error
    })
  }
}

const readPublicFile = async (path: string) => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${toMessage(error)}`, { cause: error })
  }
}

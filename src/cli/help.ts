import { isAbsolute, join, relative } from 'node:path'
import { wrap } from './output'

/** Width of help that is not shown on a terminal, and the largest one, in characters. */
const WIDTH = { default: 80, max: 120 }

const EXAMPLES = join(__dirname, '../../examples')

/**
 * Formats a part of the help of a command: wraps the notes, which come after a blank line and by themselves, and names
 * the example files where they are. Commander wraps the rest.
 *
 * @param columns width of the terminal, in characters; undefined without a terminal
 * @param folder current folder
 */
export const formatHelp = (text: string, columns: number | undefined, folder: string): string => {
  const width = Math.min(columns ?? WIDTH.default, WIDTH.max)
  if (!text.startsWith('\n')) return text
  return text
    .split(/\n(?=\n|Exit codes?:| {2}\$)/)
    .map((paragraph) => toParagraph(paragraph, width, folder))
    .join('\n')
}

const toParagraph = (paragraph: string, width: number, folder: string) => {
  const [, start = '', body = '', end = ''] = /^(\n*)([^]*?)(\n*)$/.exec(paragraph) ?? []
  if (body.startsWith('  $ ')) return start + body.replaceAll(' examples/', ` ${toExamples(folder)}/`) + end
  return start + wrap(body.replace(/\n/g, ' '), width).join('\n') + end
}

/** Path of the example files: relative if they are within the current folder. */
const toExamples = (folder: string) => {
  const path = relative(folder, EXAMPLES)
  return path.startsWith('..') || isAbsolute(path) ? EXAMPLES : path.replaceAll('\\', '/')
}

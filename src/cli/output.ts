import pc from 'picocolors'
import { hideStatus } from './status-line'

/** Escapes control characters and line separators, so that text cannot move a terminal's cursor. */
export const toVisible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/** Writes a line to standard output, above the status line if there is one. */
export const print = (line: string): void => {
  if (process.stdout.isTTY) hideStatus()
  process.stdout.write(`${line}\n`)
}

/**
 * Writes one or more lines to standard error, wrapped to the terminal, above the status line if there is one. Escapes
 * control characters, which file names may hold.
 */
export const printError = (lines: string): void => {
  hideStatus()
  const width = process.stderr.isTTY ? process.stderr.columns : Infinity
  const wrapped = lines.split('\n').flatMap((line) => wrap(toVisible(line), width, indentOf(line)))
  process.stderr.write(`${wrapped.join('\n')}\n`)
}

/** Blanks before the further lines of a line that is wrapped: as many as before it, and two more for a list item. */
const indentOf = (line: string) => {
  const indent = line.length - line.trimStart().length
  return indent === 0 ? 0 : indent + 2
}

/** Width of the terminal that standard output is, in characters. Infinity if it is no terminal. */
export const outputWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : Infinity)

/** Number of characters that a terminal shows of a text. */
const lengthOf = (text: string) => text.replace(/\u001b\[\d+m/g, '').length

/**
 * Wraps a text at blanks.
 *
 * @param width maximum length of a line, in characters; a longer word has a line of its own
 * @param indent blanks before the second line and those after it
 */
export const wrap = (text: string, width: number, indent = 0): string[] => {
  if (lengthOf(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\S) +/)) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line)
      line = `${' '.repeat(indent)}${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** `1 event`, `2 events`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** Exit codes: success, some events failed, invalid usage or unreadable input, interrupted. */
export const EXIT = { delivered: 0, failed: 1, usage: 2, interrupted: 130 } as const

const { NO_COLOR, FORCE_COLOR, TERM } = process.env
const isRefused = Boolean(NO_COLOR) || FORCE_COLOR === '0' || FORCE_COLOR === 'false'

/**
 * Colors for standard output: only if it is a terminal. NO_COLOR and FORCE_COLOR=0 turn them off, any other FORCE_COLOR
 * turns them on.
 */
export const colors = pc.createColors(
  // Not picocolors' own detection, which colors files in CI.
  !isRefused && (Boolean(FORCE_COLOR) || (process.stdout.isTTY ? TERM !== 'dumb' : false))
)

/** A count of successes, such as `3 delivered`. */
export const good = (count: number, what: string): string => paintCount(count, what, colors.green)

/** A count of failures, such as `1 failed`. */
export const bad = (count: number, what: string): string => paintCount(count, what, colors.red)

const paintCount = (count: number, what: string, color: (text: string) => string) =>
  count > 0 ? color(`${count} ${what}`) : `${count} ${what}`

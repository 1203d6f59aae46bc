import pc from 'picocolors'

/** Escapes control characters and line separators, so that text cannot move a terminal's cursor. */
export const toVisible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/** Writes a line to standard output. */
export const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Writes one or more lines to standard error, with control characters escaped: file names may hold them. */
export const printError = (lines: string): void => {
  process.stderr.write(`${lines.split('\n').map(toVisible).join('\n')}\n`)
}

/** Exit codes: success, some events failed, invalid usage or unreadable input, interrupted. */
export const EXIT = { delivered: 0, failed: 1, usage: 2, interrupted: 130 } as const

const { NO_COLOR, FORCE_COLOR } = process.env

/** Colors for standard output: only if it is a terminal and NO_COLOR is not set; FORCE_COLOR forces them. */
export const colors = pc.createColors(
  // Never undefined: picocolors would detect by itself then, and color files in CI.
  !NO_COLOR && (Boolean(FORCE_COLOR) || (process.stdout.isTTY ? pc.isColorSupported : false))
)

import pc from 'picocolors'

/** Text in which nothing moves the cursor of a terminal. */
export const toVisible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )

/** Writes a line to standard output. */
export const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Writes one or more lines to standard error. They may hold names of files, and words of whoever wrote those. */
export const printError = (lines: string): void => {
  process.stderr.write(`${lines.split('\n').map(toVisible).join('\n')}\n`)
}

/** What the exit codes of the command line say: all well, some events failed, wrong usage or unreadable input, interrupted. */
export const EXIT = { delivered: 0, failed: 1, usage: 2, interrupted: 130 } as const

const { NO_COLOR, FORCE_COLOR } = process.env

/** Colours for standard output: none where it is no terminal, or NO_COLOR is set; FORCE_COLOR asks for them anywhere. */
export const colors = pc.createColors(
  // Never undefined, which is picocolors' word for looking for itself: it also colours what goes into a file in CI.
  !NO_COLOR && (Boolean(FORCE_COLOR) || (process.stdout.isTTY ? pc.isColorSupported : false))
)

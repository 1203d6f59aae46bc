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

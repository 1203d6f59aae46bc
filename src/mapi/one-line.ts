/** Long enough for any message of MAPI's, short enough for a log. In characters. */
const MAX_LENGTH = 300

/** Somebody else's words as part of one line: control characters and line breaks become spaces, the rest is cut. */
export const toOneLine = (words: string): string => {
  const line = words
    .slice(0, 2 * MAX_LENGTH)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}

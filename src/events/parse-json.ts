/** Matches JSON that may hold a number beyond the safe integers. Matches within strings do no harm. */
const MAY_HOLD_LONG_NUMBER = /[:[,\s]-?(?:\d{16}|[\d.]+[eE])/

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/**
 * Parses JSON as `JSON.parse` does, but keeps the digits of a number that JavaScript cannot hold: a number beyond the
 * safe integers (2^53 - 1) becomes a string, as written. Such numbers are IDs, and two of them must not become one.
 *
 * @throws SyntaxError if the text is not JSON
 *
 * @example
 * parseJson('{"order_id":1234567890123456789}') // { order_id: '1234567890123456789' }
 */
export const parseJson = (json: string): unknown =>
  JSON.parse(MAY_HOLD_LONG_NUMBER.test(json) ? quoteLongNumbers(json) : json)

const quoteLongNumbers = (json: string): string => {
  let quoted = ''
  for (let start = 0; start < json.length;) {
    const quote = json.indexOf('"', start)
    const stringStart = quote === -1 ? json.length : quote
    const stringEnd = findStringEnd(json, stringStart)
    quoted += json.slice(start, stringStart).replace(NUMBER, quoteIfLong) + json.slice(stringStart, stringEnd)
    start = stringEnd
  }
  return quoted
}

const quoteIfLong = (number: string) =>
  Math.abs(Number(number)) > Number.MAX_SAFE_INTEGER ? `"${number}"` : number

/** Returns the index after the string that begins at `start`, without a regular expression: strings may have 64 MiB. */
const findStringEnd = (json: string, start: number) => {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let backslashes = 0
    while (json[at - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return at + 1
  }
  return json.length
}

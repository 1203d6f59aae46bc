/** First bytes of formats that hold no events, in Latin-1, with what to do about them. */
const FORMATS: readonly (readonly [start: string, name: string, advice: string])[] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook', 'unpack it, or save the workbook as CSV'],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', 'save it as CSV'],
  ['PAR1', 'Apache Parquet', 'convert it to newline-delimited JSON'],
  ['Obj\x01', 'Apache Avro', 'convert it to newline-delimited JSON'],
  ['SQLite format 3\0', 'an SQLite database', 'export it as newline-delimited JSON'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd', 'decompress it, or compress it with gzip'],
  ['\xfd7zXZ\0', 'compressed with xz', 'decompress it, or compress it with gzip'],
  ['BZh', 'compressed with bzip2', 'decompress it, or compress it with gzip'],
  ['7z\xbc\xaf', 'a 7-Zip archive', 'unpack it'],
  ['%PDF-', 'a PDF document', 'export the data as JSON or CSV'],
  ['<', 'XML or HTML', 'export the data as JSON or CSV'],
  ['\xff\xfe\0\0', 'UTF-32 text', 'convert it to UTF-8'],
  ['\0\0\xfe\xff', 'UTF-32 text', 'convert it to UTF-8']
]

/** Length of the longest start, in bytes. */
const FORMAT_BYTES = Math.max(...FORMATS.map(([start]) => start.length))

/**
 * Describes a format that holds no events.
 *
 * @param start first bytes of the source, from the first one that is not white space
 * @returns undefined for text
 */
export const describeForeignFormat = (start: Buffer): string | undefined => {
  const text = start.toString('latin1', 0, FORMAT_BYTES)
  const [, name, advice] = FORMATS.find(([prefix]) => text.startsWith(prefix)) ?? []
  if (name !== undefined) return `it is ${name}, not events: ${advice}`
  // Text begins with no control character.
  return text < ' ' && text !== '' ? 'it is binary data, not events as JSON or CSV' : undefined
}

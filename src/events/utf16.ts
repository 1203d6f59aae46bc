import { TextDecoder } from 'node:util'

/** Number of first bytes that show the encoding. */
export const ENCODING_BYTES = 4

/**
 * Converts UTF-16 to UTF-8. UTF-16 begins with its byte-order mark or, without one, with two ASCII characters, of which
 * each has a zero byte. Anything else stays as it is, byte-order mark included.
 *
 * @param chunks the first one has at least `ENCODING_BYTES` bytes, or is the only one
 * @throws Error if the text is damaged, after all chunks before that
 */
export async function* toUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined
  let isStart = true
  let offset = 0
  for await (const bytes of chunks) {
    if (isStart) decoder = createDecoder(bytes)
    isStart = false
    yield decoder ? decode(decoder, bytes, offset) : bytes
    offset += bytes.length
  }
  if (decoder) yield decode(decoder, undefined, offset)
}

const decode = (decoder: TextDecoder, bytes: Buffer | undefined, offset: number) => {
  try {
    return Buffer.from(decoder.decode(bytes, { stream: bytes !== undefined }))
  } catch (cause) {
    const place = bytes ? `after byte ${offset}` : 'at its end'
    throw new Error(`the text is damaged UTF-16 ${place}: convert the file to UTF-8`, { cause })
  }
}

const createDecoder = (bytes: Buffer) => {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes
  const isLittleEndian = isAscii(first) && second === 0 && isAscii(third) && fourth === 0
  const isBigEndian = first === 0 && isAscii(second) && third === 0 && isAscii(fourth)
  // FF FE 00 00 is the mark of UTF-32.
  if (
    (first === 0xff && second === 0xfe && (bytes.length < ENCODING_BYTES || third + fourth > 0)) ||
    isLittleEndian
  ) {
    return new TextDecoder('utf-16le', { fatal: true })
  }
  return (first === 0xfe && second === 0xff) || isBigEndian
    ? new TextDecoder('utf-16be', { fatal: true })
    : undefined
}

const isAscii = (byte: number) => byte > 0 && byte < 0x80

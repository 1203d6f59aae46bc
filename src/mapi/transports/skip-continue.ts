import type { Socket } from 'node:net'

/** Start of the interim response that undici takes for an error, in HTTP/1.0 and 1.1. */
const CONTINUE = /^HTTP\/1\.[01] 100[ \r]/

/** Longest start that is looked at, in bytes. */
const START_BYTES = 'HTTP/1.1 100 '.length

/**
 * Makes a socket skip `100 Continue` before a response. RFC 9110 (15.2) has clients ignore an unasked one; undici
 * destroys the connection, and the response that follows is lost. It skips all other interim responses by itself.
 */
export const skipContinue = <S extends Socket>(socket: S): S => {
  const read = socket.read.bind(socket) as () => Buffer | null
  const write = socket.write.bind(socket)
  let isBeforeResponse = true
  let kept: Buffer | undefined

  // One request is written at a time, so bytes that follow a write begin a response.
  socket.write = ((...args: Parameters<typeof write>) => {
    isBeforeResponse = true
    return write(...args)
  }) as S['write']

  socket.read = (): Buffer | null => {
    for (;;) {
      const chunk = read()
      if (chunk === null || !isBeforeResponse) return chunk
      let bytes = kept ? Buffer.concat([kept, chunk]) : chunk
      kept = undefined
      for (let end = 0; isContinue(bytes) && end !== -1;) {
        end = bytes.indexOf('\r\n\r\n')
        if (end !== -1) bytes = bytes.subarray(end + 4)
      }
      // Wait for the rest of a start line, or of an interim response.
      if (bytes.length < START_BYTES || isContinue(bytes)) {
        kept = bytes
        continue
      }
      isBeforeResponse = false
      return bytes
    }
  }
  return socket
}

/** Place of the status's first digit. */
const STATUS_AT = 'HTTP/1.1 '.length
const ONE = 0x31

/** Only a 1xx is worth the text. */
const isContinue = (bytes: Buffer) =>
  (bytes[STATUS_AT] ?? ONE) === ONE && CONTINUE.test(bytes.toString('latin1', 0, START_BYTES))

/** A saved mapping or condition that cannot be compiled. The message names the part, and its place in a mapping. */
export class UnsupportedError extends Error {
  constructor(part: string, place = '') {
    super(`Unsupported${place && ` at ${place}`}: ${part}.`)
    this.name = 'UnsupportedError'
  }
}

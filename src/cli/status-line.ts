/** Time between two looks at a status, in milliseconds. */
const REDRAW_MS = 100

/** Columns kept free, in which the terminal echoes `^C`: a status that wraps could not be erased. */
const FREE_COLUMNS = 4

/** Time that a terminal has to echo `^C`, in milliseconds: it sends the signal first. */
const ECHO_MS = 20

/** Moves the cursor to the start of its line, and erases the line. */
const ERASE = '\r\u001b[K'

let text = ''
/** Text on the terminal. */
let drawn = ''
let timer: NodeJS.Timeout | undefined
let isRedrawing = false

/** True if standard error is a terminal that can show a status line. */
export const hasStatusLine = (): boolean => process.stderr.isTTY && process.env.TERM !== 'dumb'

/** Shows a status below all output, from soon on. */
export const showStatus = (status: string): void => {
  text = status
  if (timer) return
  timer = setInterval(draw, REDRAW_MS).unref()
  process.on('exit', endStatus)
  process.stderr.on('resize', eraseWrapped)
}

/** Erases the status before other output. It returns by itself. */
export const hideStatus = (): void => {
  if (drawn === '') return
  process.stderr.write(ERASE)
  drawn = ''
  if (isRedrawing) return
  isRedrawing = true
  // Once for all lines that are printed now.
  setImmediate(() => {
    isRedrawing = false
    draw()
  })
}

/** Erases the status permanently. */
export const endStatus = (): void => {
  clearInterval(timer)
  process.off('exit', endStatus)
  process.stderr.off('resize', eraseWrapped)
  timer = undefined
  text = ''
  draw()
}

/** Erases the line of the cursor: a `^C` that the terminal echoes, and a status before it. */
export const eraseEcho = (): void => {
  if (!process.stderr.isTTY) return
  // Blocks, as the process may end right after.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ECHO_MS)
  process.stderr.write(ERASE)
  drawn = ''
}

/** Erases a status that the terminal has wrapped, as it has become narrower. */
const eraseWrapped = () => {
  const rows = Math.ceil(drawn.length / process.stderr.columns) - 1
  // Xterm does not wrap again what it shows: the rows above are output.
  if (rows < 1 || process.env.XTERM_VERSION !== undefined) return
  process.stderr.write(`\r\u001b[${rows}A\u001b[J`)
  drawn = ''
}

const draw = () => {
  const fitting = text.slice(0, Math.max(0, process.stderr.columns - FREE_COLUMNS))
  if (fitting === drawn) return
  process.stderr.write(ERASE + fitting)
  drawn = fitting
}

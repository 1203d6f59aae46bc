import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { Terminal } from '@xterm/headless'
import { noteOutput } from './credentials'

const MAIN = join(__dirname, '../../dist/cli/main.js')

/** Size and colors of a terminal. */
interface TerminalOptions {
  columns: number
  rows?: number
  env?: Record<string, string>
}

/** An emulated terminal in which a shell runs a command, and then shows its prompt. */
export class EmulatedTerminal {
  readonly #screen: Terminal
  readonly #shell: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''
  #written = Promise.resolve()
  /** Path of the pseudoterminal. */
  #path = ''

  /** @param args arguments of the built command line */
  constructor(args: readonly string[], { columns, rows = 40, env = {} }: TerminalOptions) {
    this.#screen = new Terminal({ cols: columns, rows, scrollback: 0, allowProposedApi: true })
    this.#screen.onTitleChange((title) => (this.#path = title))
    const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ')
    // `script` gives the shell a pseudoterminal, whose path is its title. The trap keeps the shell alive for its prompt.
    const run = `trap : INT; printf '\\033]0;%s\\007' "$(tty)"; stty cols ${columns} rows ${rows}; ${command}; printf '%s' "exit $? $"`
    this.#shell = spawn('script', ['-qfc', run, '/dev/null'], {
      env: { PATH: process.env.PATH, SHELL: '/bin/sh', TERM: 'xterm-256color', ...env }
    })
    this.#shell.stdin?.on('error', () => undefined)
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#written = this.#written.then(() => new Promise((resolve) => this.#screen.write(text, resolve)))
    })
    this.#ended = new Promise((resolve) => this.#shell.on('close', resolve))
  }

  /** Everything that was written to the terminal, control sequences included. */
  get output(): string {
    return this.#output
  }

  /** Types into the terminal. */
  type(text: string): void {
    this.#shell.stdin?.write(text)
  }

  /** Changes the width, in characters: a longer line is wrapped. */
  resize(columns: number): void {
    this.#screen.resize(columns, this.#screen.rows)
    execFileSync('stty', ['-F', this.#path, 'cols', String(columns)])
  }

  /** Rows of the screen, without blanks at their ends and empty rows below the last text. */
  rows(): string[] {
    const { active } = this.#screen.buffer
    const rows = Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? ''
    )
    return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1)
  }

  /** Ends the terminal when the command has ended. Resolves with the rows of the screen. */
  async end(): Promise<string[]> {
    await this.#ended
    await this.#written
    noteOutput(this.#output)
    return this.rows()
  }

  /** Ends the terminal, and the command with it. */
  close(): void {
    this.#shell.kill('SIGHUP')
  }
}

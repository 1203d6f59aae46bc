import { createInterface } from 'node:readline'
import { endStatus } from './status-line'

/** Terminal on which a person confirms. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

/** Tells if a person can be asked. */
export const canAsk = ({ stdin, stderr }: Terminal = process): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Reads the answer of a person; undefined after Ctrl-C or Ctrl-D. */
export const ask = (question: string, { stdin, stderr }: Terminal = process): Promise<string | undefined> =>
  new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr })
    lines.on('close', () => {
      stderr.write('\n')
      resolve(undefined)
    })
    lines.question(question, (answer) => {
      resolve(answer)
      lines.removeAllListeners('close').close()
    })
  })

/**
 * Asks a person to continue.
 *
 * @param yes true if the command line has the answer already
 * @throws Error if the answer is no, or nobody can be asked
 */
export const confirm = async (
  question: string,
  yes: boolean,
  terminal: Terminal = process
): Promise<void> => {
  if (yes) return
  if (!canAsk(terminal))
    throw new Error('Cannot ask for confirmation without a terminal. Add --yes if you are sure.')
  // A status would be drawn over the question.
  endStatus()
  const answer = await ask(`${question} [y/N] `, terminal)
  if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw new Error('Not confirmed.')
}

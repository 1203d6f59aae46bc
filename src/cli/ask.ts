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
    let given: string | undefined
    lines.on('close', () => {
      if (given === undefined) stderr.write('\n')
      resolve(given)
    })
    lines.question(question, (answer) => {
      given = answer
      lines.close()
    })
  })

/** Thrown if nobody confirms. */
export class NotConfirmedError extends Error {}

/**
 * Asks a person to continue.
 *
 * @param yes true if the command line has the answer already
 * @throws NotConfirmedError if the answer is no, or nobody can be asked
 */
export const confirm = async (
  question: string,
  yes: boolean,
  terminal: Terminal = process
): Promise<void> => {
  if (yes) return
  if (!canAsk(terminal)) {
    throw new NotConfirmedError('Cannot ask for confirmation without a terminal. Add --yes if you are sure.')
  }
  // A status would be drawn over the question.
  endStatus()
  const answer = await ask(`${question} [y/N] `, terminal)
  if (!/^y(?:es)?$/i.test(answer?.trim() ?? '')) throw new NotConfirmedError('Not confirmed.')
}

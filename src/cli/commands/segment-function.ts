import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'

/** Registers `segment-function`. */
export const registerSegmentFunction = (program: Command): void => {
  program
    .command('segment-function')
    .description('Print the destination as a Segment destination function, in one file.')
    .addHelpText(
      'after',
      `
Paste it into Segment's editor. Its first lines say how to install it, and which settings to add.

Example:
  $ actions-friendbuy-cloud segment-function > function.js`
    )
    .action(() => {
      process.stdout.write(readFileSync(join(__dirname, '../../segment-function.js'), 'utf8'))
    })
}

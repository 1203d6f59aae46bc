import { createReadStream } from 'node:fs'
import { messageOf } from '../mapi/thrown'
import { createSender, type Sender, type SenderOptions } from '../pipeline/create-sender'
import { readEvents } from '../pipeline/read-events'
import { startSandbox } from '../sandbox'
import { describe, describeHeader } from './describe'
import { EXIT } from './exit'
import { print, printError } from './output'
import { Tally } from './tally'

/** The options of `send`, as commander gives them. */
export interface SendCommandOptions {
  sandbox?: true
  mapiUrl?: string
  customEvent: string[]
}

/** Where the events go; `close` ends what was started for that. */
interface Target extends Pick<SenderOptions, 'settings' | 'mapiUrl'> {
  close: () => Promise<void>
}

/**
 * Sends the events of a file and prints what became of each.
 *
 * @param file its path, or `-` for standard input
 * @returns the exit code
 */
export const runSend = async (file: string, options: SendCommandOptions): Promise<number> => {
  const target = options.sandbox ? await sandboxTarget() : environmentTarget(options.mapiUrl)
  if (!target) return EXIT.usage
  try {
    return await sendAll(file, createSender({ ...target, customEvents: options.customEvent }))
  } catch (error) {
    printError(messageOf(error))
    return EXIT.usage
  } finally {
    await target.close()
  }
}

const sandboxTarget = async (): Promise<Target> => {
  const { url, close } = await startSandbox()
  return { settings: { authKey: 'sandbox-key', authSecret: 'sandbox-secret' }, mapiUrl: url, close }
}

const environmentTarget = (mapiUrl: string | undefined): Target | undefined => {
  const { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret } = process.env
  if (authKey && authSecret)
    return { settings: { authKey, authSecret }, mapiUrl, close: () => Promise.resolve() }
  printError(
    'Set FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET in the environment, or add --sandbox to rehearse without them.'
  )
  return undefined
}

const sendAll = async (file: string, send: Sender): Promise<number> => {
  const tally = new Tally()
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    for await (const read of readEvents(input)) {
      if (tally.events === 0) print(describeHeader())
      const outcomes = 'event' in read ? await send(read.event) : []
      tally.count(read, outcomes)
      for (const line of describe(read, outcomes)) print(line)
    }
  } catch (error) {
    const done = tally.events > 0 ? ` after this: ${tally.describe()}` : ''
    throw new Error(`${file} cannot be read${done}: ${messageOf(error)}`, {
      cause: error
    })
  }
  print(tally.describe())
  return tally.failed === 0 ? EXIT.delivered : EXIT.failed
}

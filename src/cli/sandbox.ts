import { once } from 'node:events'
import { toOneLine } from '../mapi/one-line'
import { messageOf } from '../mapi/thrown'
import { startSandbox } from '../sandbox'
import { EXIT } from './exit'
import { print, printError } from './output'

/** The options of `sandbox`, as commander gives them. */
export interface SandboxCommandOptions {
  port: number
  rate?: number
  latency?: number
}

/** Who runs a sandbox from the command line reads its lines; nobody asks it for its records. */
const KEEP = 1000

/** Runs a sandbox until SIGINT or SIGTERM, with a line for each call. */
export const runSandbox = async ({ port, rate, latency }: SandboxCommandOptions): Promise<number> => {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const started = startSandbox({
    port,
    keep: KEEP,
    ratePerSecond: rate,
    onCall: ({ at, method, path, status, merchant = '-', eventId = '-', duplicateOf }) => {
      const duplicate = duplicateOf === undefined ? '' : `  duplicate of ${duplicateOf}`
      print(
        `${at}  ${status ?? '---'}  ${method} ${toOneLine(path)}  merchant ${merchant}  event ${eventId}${duplicate}`
      )
    }
  })
  const sandbox = await started.catch((error: unknown) => {
    printError(`The sandbox cannot listen on port ${port}: ${messageOf(error)}`)
  })
  if (!sandbox) return EXIT.usage
  if (latency !== undefined) sandbox.misbehave({ latencyMs: latency })
  print(`Friendbuy MAPI sandbox on ${sandbox.url}, which takes any key and secret. Ctrl-C ends it.`)
  await interrupted
  await sandbox.close()
  return EXIT.delivered
}

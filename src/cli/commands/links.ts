import { createReadStream } from 'node:fs'
import { open, stat, truncate } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Command } from 'commander'
import { type CsvRecord, readCsv } from '../../events/csv'
import { readEvents } from '../../events/read-events'
import { MapiError, type ReferralLinkRequest } from '../../mapi'
import { CREDENTIALS_HELP } from '../../merchants/credentials'
import { toMessage, toOneLine } from '../../messages'
import { isRecord, toText } from '../../values'
import { addMapiOptions, createClient, type MapiOptions } from '../mapi-options'
import { EXIT, plural, printError } from '../output'
import { RowOutput, type RowOptions } from '../row-output'

/** Options of `links`, as commander gives them. */
export interface LinksOptions extends MapiOptions, RowOptions {
  campaign: string
  channel?: string
}

const COLUMNS = ['email', 'customerId', 'campaignId', 'referralCode', 'link', 'createdOn']

/** Registers `links`. */
export const registerLinks = (program: Command): void => {
  addMapiOptions(
    program
      .command('links')
      .description('Create or retrieve a personal referral link for each customer of a file.')
      .argument(
        '<file>',
        'a .csv file with the columns email and, if known, customerId, firstName, lastName and seed; or a file of events, as for send'
      )
      .requiredOption('--campaign <id>', 'ID of the campaign')
      .option('--channel <name>', 'channel that reports list the links under', 'purl')
      .option('--output <file>', 'write to this file instead of standard output; run again to resume')
      .option('--json', 'write JSON lines instead of CSV')
      .option('--quiet', 'show no progress')
  )
    .addHelpText(
      'after',
      `
A customer gets one link for each campaign, however often this runs. With --output, customers that are in the
file already are skipped, so the same command resumes where it stopped and retries what failed.

${CREDENTIALS_HELP}
Exit code: 0 a link for every customer, 1 some without, 2 invalid usage or unreadable input.

Example:
  $ actions-friendbuy-cloud links customers.csv --campaign 3fa85f64-5717-4562-b3fc-2c963f66afa6 --output links.csv`
    )
    .action(async (file: string, options: LinksOptions) => {
      process.exitCode = await runLinks(file, options)
    })
}

/** Counts of a run. */
interface Counts {
  failed: number
  withoutEmail: number
  /** Customers that the output file has already. */
  done: number
}

/**
 * Writes a link for each customer of a file.
 *
 * @returns the exit code
 */
export const runLinks = async (file: string, options: LinksOptions): Promise<number> => {
  const counts: Counts = { failed: 0, withoutEmail: 0, done: 0 }
  try {
    const mapi = await createClient(options)
    const done = await readDone(options)
    const output = new RowOutput(COLUMNS, 'links', options, done !== undefined)
    try {
      for await (const { request, purl, error } of mapi.createReferralLinks(
        readRequests(file, options, done ?? new Set(), counts)
      )) {
        if (purl) await output.write({ ...purl, email: request.email, customerId: request.customerId })
        else {
          counts.failed += 1
          printError(`${toOneLine(request.email)}: ${toMessage(error)}`)
        }
      }
    } finally {
      await output.close()
    }
    printSummary(output.count, counts, options)
    return counts.failed + counts.withoutEmail > 0 ? EXIT.failed : EXIT.delivered
  } catch (error) {
    printError(toMessage(error))
    // Repeating all of it is safe: links are retrieved.
    return error instanceof MapiError && error.phase === 'call' ? EXIT.failed : EXIT.usage
  }
}

const printSummary = (
  links: number,
  { failed, withoutEmail, done }: Counts,
  { output = '' }: LinksOptions
) => {
  printError(
    [
      plural(links, 'link'),
      `${failed} failed`,
      ...(done > 0 ? [`${done} in ${output} already`] : []),
      ...(withoutEmail > 0 ? [`${plural(withoutEmail, 'line')} without an email address`] : [])
    ].join(', ')
  )
}

/** Gives a request for each customer of the file, once, who is not done. */
async function* readRequests(
  file: string,
  { campaign: campaignId, channel }: LinksOptions,
  done: Set<string>,
  counts: Counts
): AsyncGenerator<ReferralLinkRequest> {
  const seen = new Set<string>()
  for await (const { email, ...customer } of /\.csv$/i.test(file)
    ? readCustomers(file, counts)
    : readEventsOf(file, counts)) {
    if (email === undefined) {
      counts.withoutEmail += 1
      continue
    }
    const key = email.toLowerCase()
    if (seen.has(key)) continue
    seen.add(key)
    if (done.has(key)) {
      counts.done += 1
      continue
    }
    yield { email, ...customer, campaignId, channel }
  }
}

/** A customer of a file. */
type Customer = Partial<Pick<ReferralLinkRequest, 'email' | 'customerId' | 'firstName' | 'lastName' | 'seed'>>

async function* readCustomers(file: string, counts: Counts): AsyncGenerator<Customer> {
  for await (const { values, line, error } of readCsvFile(file)) {
    if (values) yield toCustomer(values)
    else {
      counts.failed += 1
      printError(`${file}, line ${line}: ${error}`)
    }
  }
}

async function* readEventsOf(file: string, counts: Counts): AsyncGenerator<Customer> {
  for await (const line of readEvents([file])) {
    if (!('event' in line)) {
      counts.failed += 1
      printError(`${file}, line ${line.line}: ${toOneLine(line.error)}`)
      continue
    }
    const { traits, properties, context, userId } = line.event
    const details = [traits, properties, isRecord(context) ? context.traits : undefined]
      .filter(isRecord)
      .find((candidate) => toText(candidate.email))
    yield toCustomer({ customerId: userId, ...details })
  }
}

/** Picks a customer's details, in either spelling. */
const toCustomer = (values: Readonly<Record<string, unknown>>): Customer => {
  const read = (...names: string[]) =>
    names.map((name) => toText(values[name])?.trim()).find((text) => text !== undefined && text !== '')
  return {
    email: read('email', 'Email'),
    customerId: read('customerId', 'customer_id', 'userId'),
    firstName: read('firstName', 'first_name'),
    lastName: read('lastName', 'last_name'),
    seed: read('seed')
  }
}

/** Opens a CSV file, with its path in every error. */
async function* readCsvFile(file: string): AsyncGenerator<CsvRecord> {
  try {
    yield* readCsv(createReadStream(file) as AsyncIterable<Buffer>)
  } catch (error) {
    throw new Error(`${file} cannot be read: ${toMessage(error)}`, { cause: error })
  }
}

/**
 * Reads the addresses of an output file, after it has dropped a line that a crash cut off.
 *
 * @returns undefined if there is no such file yet
 */
const readDone = async ({ output, json }: LinksOptions): Promise<Set<string> | undefined> => {
  if (output === undefined) return undefined
  const size = await stat(output).then(
    (stats) => stats.size,
    () => 0
  )
  if (size === 0) return undefined
  await dropTornLine(output)
  const done = new Set<string>()
  const lines = json ? readJsonLines(output) : readCsvFile(output)
  for await (const { values } of lines) {
    if (typeof values?.email !== 'string') {
      throw new Error(`${output} is not an output of this command: it has a line without an email address.`)
    }
    done.add(values.email.toLowerCase())
  }
  return done
}

async function* readJsonLines(
  file: string
): AsyncGenerator<{ line: number; values: Record<string, unknown> }> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line += 1
    const value: unknown = JSON.parse(text)
    yield { line, values: isRecord(value) ? value : {} }
  }
}

/** Longest line that is looked for at the end of a file, in bytes. */
const MAX_LINE_BYTES = 64 * 1024

/** Drops the last line of a file if it has no end, as a crash may leave it. */
const dropTornLine = async (path: string): Promise<void> => {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - MAX_LINE_BYTES)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    const end = start + buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1
    if (end < size) await truncate(path, end)
  } finally {
    await file.close()
  }
}

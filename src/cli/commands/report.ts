import { type Command, InvalidArgumentError } from 'commander'
import type {
  Click,
  DistributedIncentive,
  DistributedReward,
  EmailCapture,
  MapiClient,
  Paged,
  ReferralReward,
  ReferredPurchase,
  ReferredSignUp,
  Share,
  WidgetView
} from '../../mapi'
import { CREDENTIALS_HELP } from '../../merchants/credentials'
import { toMessage } from '../../messages'
import { collect, parseDate } from '../arguments'
import { addMapiOptions, createClient, type MapiOptions } from '../mapi-options'
import { EXIT, printError } from '../output'
import { RowOutput, type RowOptions } from '../row-output'

/** Options of `report`, as commander gives them. */
export interface ReportCommandOptions extends MapiOptions, RowOptions {
  from?: Date
  to?: Date
  filter?: string[]
  pageToken?: string
}

/** A report: its method, and the columns of its CSV. */
interface Report<Item> {
  get: (mapi: MapiClient, query: ReportQuery) => Paged<Item>
  columns: readonly (keyof Item & string)[]
}

/** Dates, filters and page of a report. The client checks them. */
type ReportQuery = Parameters<MapiClient['getClicks']>[0]

const report = <Item>(get: Report<Item>['get'], columns: Report<Item>['columns']): Report<Item> => ({
  get,
  columns
})

const campaign = ['campaignId', 'campaignName'] as const
const browser = ['userAgent', 'ipAddress'] as const
const advocate = ['advocateEmail', 'advocateName', 'advocateCustomerId', 'referralCode'] as const
const friend = ['friendEmail', 'friendName', 'friendCustomerId'] as const
const customer = ['email', 'name', 'customerId', 'newCustomer', 'ipAddress'] as const
const reward = ['rewardType', 'rewardAmount', 'couponCode', 'trigger'] as const
const people = [...advocate, 'channel', ...friend, ...campaign] as const

const REPORTS: Readonly<Record<string, Report<never> | Report<object>>> = {
  clicks: report<Click>(
    (mapi, query) => mapi.getClicks(query),
    ['createdOn', 'channel', ...advocate, ...campaign, 'destinationUrl', ...browser]
  ),
  shares: report<Share>(
    (mapi, query) => mapi.getShares(query),
    ['createdOn', 'channel', ...advocate, ...campaign, ...browser]
  ),
  signups: report<ReferredSignUp>(
    (mapi, query) => mapi.getSignups(query),
    ['createdOn', ...customer, ...advocate, 'channel', ...campaign, 'userAgent']
  ),
  purchases: report<ReferredPurchase>(
    (mapi, query) => mapi.getPurchases(query),
    ['createdOn', 'orderId', 'amount', 'couponCode', ...customer, ...advocate, ...campaign, 'products']
  ),
  rewards: report<ReferralReward>(
    (mapi, query) => mapi.getReferralRewards(query),
    ['createdOn', 'id', 'status', 'recipientType', ...reward, ...people]
  ),
  'advocate-rewards': report<DistributedReward>(
    (mapi, query) => mapi.getDistributedAdvocateRewards(query),
    ['createdOn', ...reward, ...people]
  ),
  'friend-incentives': report<DistributedIncentive>(
    (mapi, query) => mapi.getDistributedFriendIncentives(query),
    ['createdOn', 'incentiveType', 'incentiveAmount', 'couponCode', 'trigger', ...people]
  ),
  'email-captures': report<EmailCapture>(
    (mapi, query) => mapi.getEmailCaptures(query),
    [
      'createdOn',
      'email',
      'name',
      'emailCaptureType',
      'newsletterOptIn',
      'widgetName',
      ...campaign,
      'ipAddress'
    ]
  ),
  'widget-views': report<WidgetView>(
    (mapi, query) => mapi.getWidgetViews(query),
    ['createdOn', 'widgetName', 'widgetType', 'email', 'customerId', ...campaign, ...browser]
  )
}

const NAMES = Object.keys(REPORTS).join(', ')

/** Registers `report`. */
export const registerReport = (program: Command): void => {
  addMapiOptions(
    program
      .command('report')
      .description("Write one of Friendbuy's reports as CSV or JSON lines.")
      .argument('<report>', NAMES, parseName)
      .option('--from <time>', 'beginning of the range, such as 2026-03-01', parseDate)
      .option('--to <time>', 'end of the range; a date includes that whole day, in UTC', parseEnd)
      .option('--filter <name=value>', 'MAPI filter, such as channel=email; repeatable', collect)
      .option('--page-token <token>', 'resume from this page, instead of --from and --to')
      .option('--output <file>', 'write to this file instead of standard output')
      .option('--json', 'write JSON lines with all properties instead of CSV')
      .option('--quiet', 'show no progress')
  )
    .addHelpText(
      'after',
      `
Rows are written as they arrive, so a report of any length needs little memory.

${CREDENTIALS_HELP}
Exit code: 0 complete, 1 incomplete, 2 invalid usage or no credentials.

Example:
  $ actions-friendbuy-cloud report rewards --from 2026-03-01 --to 2026-03-31 --output rewards.csv`
    )
    .action(async (name: string, options: ReportCommandOptions) => {
      process.exitCode = await runReport(name, options)
    })
}

/**
 * Writes a report, page by page.
 *
 * @returns the exit code
 */
export const runReport = async (name: string, options: ReportCommandOptions): Promise<number> => {
  const { get, columns } = REPORTS[name] as Report<object>
  let query: ReportQuery
  let mapi: MapiClient
  try {
    query = toQuery(options)
    mapi = await createClient(options)
  } catch (error) {
    printError(toMessage(error))
    return EXIT.usage
  }
  let { pageToken } = options
  const output = new RowOutput(columns, name, options, pageToken !== undefined)
  try {
    for await (const { results, nextPageToken } of get(mapi, query).pages()) {
      for (const item of results) await output.write(item)
      pageToken = nextPageToken ?? pageToken
    }
    await output.close()
  } catch (error) {
    const resume = pageToken === undefined ? '' : `\nResume with --page-token ${pageToken}`
    printError(`The report is incomplete after ${output.count} ${name}: ${toMessage(error)}${resume}`)
    return EXIT.failed
  }
  if (!options.quiet) printError(`${output.count} ${name}`)
  return EXIT.delivered
}

const toQuery = ({ from, to, filter = [], pageToken }: ReportCommandOptions): ReportQuery => {
  const filters = Object.fromEntries(
    filter.map((text) => {
      const [, name, value] = /^(\w+)=(.+)$/s.exec(text) ?? []
      if (name === undefined)
        throw new Error(`Invalid --filter ${text}: expected name=value, such as channel=email.`)
      return [name, value]
    })
  )
  if (pageToken !== undefined) return { ...filters, pageToken }
  if (!from || !to) throw new Error('The range is missing: pass --from and --to.')
  return { ...filters, fromDate: from, toDate: to }
}

const parseName = (name: string): string => {
  if (Object.hasOwn(REPORTS, name)) return name
  throw new InvalidArgumentError(`Expected one of ${NAMES}.`)
}

/** Reads the end of a range: a day stands for its last millisecond, in UTC. */
const parseEnd = (text: string): Date =>
  parseDate(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text)

import type {
  EmailCounts,
  EmailMetrics,
  EmailMetricsCounts,
  EmailMetricsQuery
} from '../mapi/contract/operations'
import { Refusal } from './refusal'
import type { Timeline } from './reports'

/** Something that happened to an email of Friendbuy's. */
export interface EmailEvent {
  /** What happened. */
  event: 'sent' | 'delivered' | 'opened' | 'clicked' | 'bounced' | 'spam'
  /**
   * Kind of the email.
   *
   * @default 'share'
   */
  email?: 'share' | 'reminder'
  /**
   * ID of the email, by which opens and clicks are unique.
   *
   * @default an email of its own
   */
  emailId?: string
  /**
   * Number of recipients of a `sent` email.
   *
   * @default 1
   */
  recipients?: number
  /** ID of the campaign. */
  campaignId?: string
  /** ID of the widget. */
  widgetId?: string
}

const DAY_MS = 86_400_000

/**
 * Counts emails by the day of a time zone.
 *
 * @throws Refusal for a zone that Node does not know, or a range that ends before it begins
 */
export const toEmailMetrics = (events: Timeline<EmailEvent>, query: EmailMetricsQuery): EmailMetrics => {
  const { fromDate, toDate, zone, campaignId, widgetId, includeSeries } = query
  const dayOf = toDayOf(zone)
  if (toDate < fromDate) throw new Refusal(422, 'toDate: expected a day that is not before fromDate')
  const matching = events.rows
    .map(({ at, item }) => ({ day: dayOf(at), item }))
    .filter(
      ({ day, item }) =>
        day >= fromDate &&
        day <= toDate &&
        (campaignId === undefined || item.campaignId === campaignId) &&
        (widgetId === undefined || item.widgetId === widgetId)
    )
  const series = includeSeries
    ? daysOf(fromDate, toDate).map((date) => ({
        date,
        ...count(matching.filter(({ day }) => day === date).map(({ item }) => item))
      }))
    : undefined
  return { fromDate, toDate, zone, ...count(matching.map(({ item }) => item)), series }
}

const toDayOf = (zone: string) => {
  try {
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit'
    })
    return (at: number) => format.format(at)
  } catch {
    throw new Refusal(422, `zone: ${zone} is not a time zone`)
  }
}

const daysOf = (from: string, to: string) => {
  const [first, last] = [Date.parse(from), Date.parse(to)]
  if (Number.isNaN(first) || Number.isNaN(last)) throw new Refusal(422, 'fromDate and toDate: expected days')
  return Array.from({ length: Math.round((last - first) / DAY_MS) + 1 }, (_, index) =>
    new Date(first + index * DAY_MS).toISOString().slice(0, 10)
  )
}

const count = (events: readonly EmailEvent[]): EmailMetricsCounts => ({
  shareEmails: {
    ...countKind(events.filter(({ email = 'share' }) => email === 'share')),
    shares: events.filter(({ email = 'share', event }) => email === 'share' && event === 'sent').length
  },
  reminderEmails: countKind(events.filter(({ email }) => email === 'reminder'))
})

const countKind = (events: readonly EmailEvent[]): EmailCounts => {
  const of = (name: EmailEvent['event']) => events.filter(({ event }) => event === name)
  const unique = (name: EmailEvent['event']) => new Set(of(name).map((event) => event.emailId ?? event)).size
  return {
    totalOpens: of('opened').length,
    uniqueOpens: unique('opened'),
    totalClicks: of('clicked').length,
    uniqueClicks: unique('clicked'),
    recipients: of('sent').reduce((sum, { recipients = 1 }) => sum + recipients, 0),
    delivered: of('delivered').length,
    bounced: of('bounced').length,
    spam: of('spam').length
  }
}

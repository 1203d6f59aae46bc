import {
  atAuthorization,
  atCall,
  atToken,
  type Reach,
  type Repeated,
  type RetryRow,
  onRetry,
  type Row,
  type Seen,
  WAITING
} from './rows'

const HEAD = [
  'On the wire',
  'The destination',
  '`perform` throws',
  '`performBatch` returns',
  'the client throws',
  'Retry',
  'Requests at MAPI'
]

/** Tables of the document, made from the tested rows. */
export const toTables = (): string =>
  [
    '### At the call of an event',
    toTable(HEAD, atCall.map(toCells)),
    '### At the authorization of three events',
    toTable(HEAD, atAuthorization.map(toCells)),
    '### With a revoked token or a wrong clock',
    toTable(
      HEAD,
      atToken.map((row) => toCells({ ...row, fault: row }))
    ),
    '### Retries after a single fault',
    toTable(
      ['First call', 'Event', 'The client, with one retry', 'A host that retries'],
      onRetry.map(toRetryCells)
    )
  ].join('\n\n')

const toTable = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const toCells = ({
  fault,
  does,
  sees,
  tryAgain,
  reaches,
  recorded
}: Omit<Row, 'fault'> & { fault: { title: string } }) => [
  fault.title,
  does,
  describeSeen(sees.perform),
  describeSeen(sees.performBatch),
  describeSeen(sees.client),
  tryAgain === undefined ? '–' : tryAgain ? 'yes' : 'no',
  `${describeReaches(reaches)}; ${describeRecorded(recorded)}`
]

/** `RetryableError` 429 `RETRYABLE_ERROR`, `retryAfterMs` 7000 */
const describeSeen = (seen: Seen) => {
  if (seen === 'delivered') return 'delivered'
  const { error, status, code, retryAfterMs } = seen
  const named = [error && `\`${error}\``, status, code && `\`${code}\``].filter((part) => part !== undefined)
  return named.join(' ') + (retryAfterMs === undefined ? '' : `, \`retryAfterMs\` ${retryAfterMs}`)
}

const describeReaches = ({ host, client }: Row['reaches']) =>
  host.authorizations === client.authorizations
    ? describeReach(host)
    : `${describeReach(host)}, from the client ${describeReach(client)}`

const describeReach = ({ authorizations, calls }: Reach) =>
  [count(authorizations, 'authorization'), count(calls, 'call')].filter(Boolean).join(', ') || 'nothing'

const count = (number: number, what: string) =>
  number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`

const describeRecorded = (recorded: number) =>
  recorded === 0 ? 'not recorded' : recorded === WAITING ? 'each recorded once' : 'recorded once'

const toRetryCells = ({ fault, kinds, client, host }: RetryRow) => [
  fault.title,
  kinds,
  `${client.sees === 'delivered' ? 'delivered' : `\`${client.sees}\``}: ${describeRepeated(client)}`,
  describeRepeated(host)
]

const describeRepeated = ({ calls, recorded }: Repeated) =>
  `${count(calls, 'call') || 'nothing'}; ${['not recorded', 'recorded once', '**recorded twice**'][recorded]}`

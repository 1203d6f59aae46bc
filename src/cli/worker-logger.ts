import type { WorkerLogger } from '../queue'
import { importOptional } from '../queue/optional-peer'
import { isRecord } from '../values'
import { colors, print, toVisible } from './output'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

export const LOG_FORMATS = ['json', 'text'] as const

/** Names of fields that a log must never show, at any level. */
const SECRETS = ['authKey', 'authSecret', 'key', 'secret', 'token', 'password']

/** Options of a worker's logger. */
export interface WorkerLoggerOptions {
  level: (typeof LOG_LEVELS)[number]
  format: (typeof LOG_FORMATS)[number]
}

/**
 * Creates a logger to standard output: one JSON object per line, or a line of text for people.
 *
 * @throws Error saying what to install
 */
export const createWorkerLogger = async ({ level, format }: WorkerLoggerOptions): Promise<WorkerLogger> => {
  const { pino } = await importOptional('pino', () => import('pino'))
  const printText = {
    write: (json: string) => {
      print(toTextLine(json))
    }
  }
  const logger: WorkerLogger = pino(
    { level, base: { pid: process.pid }, redact: SECRETS.flatMap((name) => [name, `*.${name}`]) },
    format === 'text' ? printText : pino.destination({ dest: 1, sync: true })
  )
  return logger
}

/** Names and colors of pino's levels. */
const LEVELS: Readonly<Record<number, string>> = {
  20: colors.dim('DEBUG'),
  30: `${colors.green('INFO')} `,
  40: `${colors.yellow('WARN')} `,
  50: colors.red('ERROR')
}

/**
 * Formats a JSON line of the log for people: local time, level, message and fields.
 *
 * @example
 * toTextLine('{"level":30,"time":1772442845000,"event":"merchant_resumed","merchant":"shop-1","msg":"merchant resumed"}')
 * // 09:14:05 INFO  merchant resumed  merchant=shop-1
 */
export const toTextLine = (json: string): string => {
  const line: unknown = JSON.parse(json)
  if (!isRecord(line)) return toVisible(json)
  const { level, time, pid: _pid, event: _event, msg, ...fields } = line
  const clock = new Date(Number(time)).toTimeString().slice(0, 8)
  const values = Object.entries(fields).map(([name, value]) => `${name}=${toText(value)}`)
  return [
    `${colors.dim(clock)} ${LEVELS[Number(level)] ?? ''} ${toVisible(String(msg))}`,
    ...(values.length > 0 ? [colors.dim(toVisible(values.join(' ')))] : [])
  ].join('  ')
}

/** Quotes text with blanks, as shells do, so that fields stay apart. */
const toText = (value: unknown) =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)

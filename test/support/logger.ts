import type { Logger } from '@segment/actions-core'

/** A logger that remembers its warnings. */
export const newLogger = (): { logger: Logger; warnings: string[] } => {
  const warnings: string[] = []
  const ignore = () => undefined
  const logger: Logger = {
    level: 'warn',
    name: 'test',
    debug: ignore,
    info: ignore,
    warn: (message) => warnings.push(message),
    error: ignore,
    crit: ignore,
    log: ignore,
    withTags: ignore
  }
  return { logger, warnings }
}

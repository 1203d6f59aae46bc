import ts from 'typescript'
import { toCommandLineReference } from './references/command-line'
import { toErrorsReference } from './references/errors'
import { toFieldsReference } from './references/fields'
import { findLogLines, findMetrics, toLogEventsReference, toMetricsReference } from './references/operations'
import { findNodes, parseSources } from './references/source'
import { itIsWhatTheCodeSays } from './references/up-to-date'

describe('docs/reference', () => {
  itIsWhatTheCodeSays({
    'fields.md': toFieldsReference,
    'command-line.md': toCommandLineReference,
    'errors.md': toErrorsReference,
    'metrics.md': toMetricsReference,
    'log-events.md': toLogEventsReference
  })

  it('lists every metric that the code names', () => {
    const named = parseSources()
      .flatMap((source) => findNodes(source, ts.isStringLiteral))
      .map(({ text }) => text)
      .filter((text) => /^friendbuy_[a-z_]+$/.test(text))
    const listed = findMetrics().map(({ name }) => name)
    expect(listed.length).toBeGreaterThan(4)
    expect(named.filter((name) => !listed.includes(name))).toEqual([])
  })

  it('lists every log event that the queue declares', () => {
    const declared = parseSources('queue/logger.ts')
      .flatMap((source) => findNodes(source, ts.isTypeAliasDeclaration))
      .filter(({ name }) => name.text === 'LogEvent')
      .flatMap(({ type }) => findNodes(type, ts.isStringLiteral))
      .map(({ text }) => text)
    const logged = new Set(findLogLines().map(({ name }) => name))
    expect(declared.length).toBeGreaterThan(10)
    expect(declared.filter((name) => !logged.has(name))).toEqual([])
  })
})

import ts from 'typescript'
import { toHostError } from '../../../src/cloud/to-host-error'
import { toMapiError, UNSENT_CODES } from '../../../src/mapi/errors'
import { findNodes, parseSources, textOf } from './source'
import { code, GENERATED, toTable } from './table'

const STATUSES = [400, 401, 403, 404, 408, 409, 422, 423, 429, 500, 502, 503, 504, 520]

const request = {
  method: 'POST',
  url: 'https://mapi.fbot.me/v1/customer',
  headers: {},
  phase: 'call',
  repeat: 'always'
} as const

const toRow = (status: number) => {
  const error = toMapiError(request, { status, body: null, header: () => undefined }, [])
  const host = toHostError(error) as Error
  return [
    String(status),
    code(error.name),
    code(error.code),
    error.isRetryable ? 'yes' : 'no',
    error.outcome,
    code(host.constructor.name)
  ]
}

/** Codes of the client's errors besides those by status, as the code has them. */
const otherCodes = () => {
  const codes = parseSources().flatMap((source) =>
    source.fileName.includes('/src/mapi/')
      ? findNodes(source, ts.isPropertyAssignment)
          .filter(({ name }) => name.getText() === 'code')
          .flatMap(({ initializer }) => textOf(initializer) ?? [])
      : []
  )
  return [...new Set(codes)].filter((name) => /^[A-Z_]+$/.test(name)).sort()
}

const MEANINGS: Record<string, string> = {
  AUTHENTICATION_FAILED: 'MAPI refuses the credentials or the token (401, 403).',
  ETIMEDOUT: 'MAPI did not respond in time.',
  INVALID_REQUEST: 'MAPI refuses the input (400, 422), or the client does before any request.',
  MISSING_CREDENTIALS: 'The key or the secret is blank.',
  NO_LINK: 'MAPI gave no link for this customer of a batch.',
  OUTCOME_UNKNOWN:
    'A call that must not be repeated lost its response. Look at the ledger before you repeat it.',
  PAGE_TOKEN_REPEATED: 'MAPI gave the same page twice; the walk would not end.',
  RESPONSE_TOO_LARGE: 'The response is larger than the client reads.',
  UNAVAILABLE: 'MAPI cannot answer now (408, 423, 429, 5xx), or a proxy answered in its place.',
  UPGRADE: 'The response is a 101.'
}

/** Members of a union of strings that a type declares. */
const unionOf = (suffix: string, name: string) =>
  parseSources(suffix)
    .flatMap((source) => findNodes(source, ts.isTypeAliasDeclaration))
    .filter((alias) => alias.name.text === name)
    .flatMap((alias) =>
      (ts.isUnionTypeNode(alias.type) ? [...alias.type.types] : [alias.type]).map((member) =>
        member
          .getText()
          .replace(/^['`]|['`]$/g, '')
          .replace('${string}', '…')
      )
    )

/** docs/reference/errors.md */
export const toErrorsReference = (): string => {
  const codes = otherCodes().map((name) => {
    const meaning = MEANINGS[name]
    if (meaning === undefined) throw new Error(`Say in ${__filename} what ${name} means.`)
    return [code(name), meaning]
  })
  const reasons = new Set([
    ...unionOf('fields/dropped-value.ts', 'FieldDropReason'),
    ...unionOf('mapi/additional-properties.ts', 'AttributeDropReason')
  ])
  const webhookCodes = unionOf('webhooks/webhook-error.ts', 'WebhookErrorCode')
  return [
    '# Errors',
    GENERATED,
    '## By status of MAPI',
    'Methods of the client throw a `MapiError` or a subclass, from `actions-friendbuy-cloud/mapi`. The destination converts it to the class of actions-core in the last column, with the same message and status, and `retryAfterMs` if MAPI named a time. The outcome says what MAPI did: after `refused` it did nothing, after `unknown` it may have acted.',
    toTable(
      ['status', 'class', 'code', 'retryable', 'outcome', 'class of actions-core'],
      STATUSES.map(toRow)
    ),
    'A call without a response is an `UnavailableError` with the status 408 (timeout) or 503 and the code of the network. It is `not sent` before anything was sent: ' +
      `${UNSENT_CODES.map(code).join(', ')}. Errors of a host's own request come back unchanged.`,
    '## Codes of `MapiError`',
    toTable(['code', 'meaning'], [...codes, ['`HTTP_404`, …', 'Any other status of MAPI.']]),
    '## `OtherCopyError`',
    'The host and the destination use different instances of actions-core, and an event of a batch failed. The batch rejects as a whole, because such a host would report every event as delivered. Run `npm dedupe` if `npm ls @segment/actions-core` lists two copies; otherwise do not clear `require.cache` between loading the two.',
    '## `WebhookError`',
    `Refusal of a request that is not from Friendbuy or cannot be read, with a code: ${webhookCodes.map(code).join(', ')}. [Receive webhooks](../guides/webhooks.md) explains them.`,
    '## Reasons of dropped values',
    'A dropped value does not fail its event. It is reported with its name and one of these reasons:',
    [...reasons].map((reason) => `- ${code(reason)}`).join('\n')
  ].join('\n\n')
}

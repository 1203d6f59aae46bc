import type { ReferralLinkBatch, ReferralLinkOfBatch, ReferralLinkRequest } from './contract/links'
import { InvalidRequestError, MapiError } from './errors'

/** The link of a request, or the reason that there is none. */
export type ReferralLinkResult =
  | {
      /** The request. */
      request: ReferralLinkRequest
      /** The link. */
      purl: ReferralLinkOfBatch
      /** Missing, since there is a link. */
      error?: undefined
    }
  | {
      /** The request. */
      request: ReferralLinkRequest
      /** Missing, since there is an error. */
      purl?: undefined
      /** Reason that there is no link. */
      error: MapiError
    }

/** Maximum number of links in a batch, which MAPI's guide states. */
const BATCH_SIZE = 10

/** Creates the links of a batch. */
type PostBatch = (batch: { requests: ReferralLinkRequest[] }) => Promise<ReferralLinkBatch>

/**
 * Creates or retrieves any number of links, ten in a call, one call after the other.
 *
 * @param check gives the error of an invalid request
 */
export async function* createReferralLinks(
  requests: Iterable<ReferralLinkRequest> | AsyncIterable<ReferralLinkRequest>,
  postBatch: PostBatch,
  check: (request: ReferralLinkRequest) => MapiError | undefined
): AsyncGenerator<ReferralLinkResult, void, undefined> {
  let batch: ReferralLinkRequest[] = []
  for await (const request of requests) {
    batch.push(request)
    if (batch.length < BATCH_SIZE) continue
    yield* toResults(batch, postBatch, check)
    batch = []
  }
  if (batch.length > 0) yield* toResults(batch, postBatch, check)
}

async function* toResults(
  batch: readonly ReferralLinkRequest[],
  postBatch: PostBatch,
  check: (request: ReferralLinkRequest) => MapiError | undefined
): AsyncGenerator<ReferralLinkResult, void, undefined> {
  const errors = batch.map(check)
  const valid = batch.filter((_, index) => errors[index] === undefined)
  const answer = valid.length > 0 ? await findLinks(valid, postBatch) : []
  for (const [index, request] of batch.entries()) {
    const error = errors[index] ?? (valid.length === 1 && answer instanceof MapiError ? answer : undefined)
    if (error) yield { request, error }
    else if (Array.isArray(answer)) yield toResult(request, answer)
    // MAPI refuses a batch as a whole. One at a time, only the invalid request fails.
    else yield* toResults([request], postBatch, check)
  }
}

/** Gives the links of a batch, or the error with which MAPI refuses it because of one of its requests. */
const findLinks = async (
  requests: ReferralLinkRequest[],
  postBatch: PostBatch
): Promise<ReferralLinkOfBatch[] | MapiError> => {
  try {
    return (await postBatch({ requests })).purls
  } catch (error) {
    if (error instanceof InvalidRequestError || (error instanceof MapiError && error.status === 404))
      return error
    throw error
  }
}

/** Finds the link of a request by address and campaign, since MAPI promises no order. */
const toResult = (
  request: ReferralLinkRequest,
  purls: readonly ReferralLinkOfBatch[]
): ReferralLinkResult => {
  const matches = purls.filter(
    ({ email, campaignId }) => isSame(email, request.email) && isSame(campaignId, request.campaignId)
  )
  const purl = matches.find(({ customerId }) => customerId === request.customerId) ?? matches[0]
  if (purl) return { request, purl }
  return {
    request,
    error: new MapiError('MAPI answered without a link for this request. Repeat it: links are retrieved.', {
      code: 'NO_LINK',
      isRetryable: true,
      phase: 'call',
      outcome: 'unknown'
    })
  }
}

const isSame = (one: unknown, other: string) =>
  typeof one === 'string' && one.toLowerCase() === other.toLowerCase()

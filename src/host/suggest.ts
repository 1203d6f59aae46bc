import { distance } from 'fastest-levenshtein'

/** Shortest names for which one, and which two, wrong characters are taken for a slip, in characters. */
const MIN_LENGTHS = [6, 10] as const

/**
 * Suggests the name that a name may be a misspelling of: one that differs in case and separators only, or else in few
 * characters. Short names are too easily another word.
 *
 * @param name such as `referral_kode` or `products[].image-url`; its last part counts
 * @returns undefined if no name is close enough, or one is equal: that is read in other events
 * @example
 * suggest('referral_kode', ['orderId', 'referralCode']) // 'referralCode'
 */
export const suggest = (name: string, candidates: readonly string[]): string | undefined => {
  const last = name.split('.').at(-1) ?? name
  if (candidates.includes(last)) return undefined
  const given = normalize(last)
  let best: { candidate: string; errors: number } | undefined
  for (const candidate of candidates) {
    const meant = normalize(candidate)
    const allowed = MIN_LENGTHS.filter((length) => Math.min(given.length, meant.length) >= length).length
    const errors = distance(given, meant)
    if (errors <= allowed && errors < (best?.errors ?? Infinity)) best = { candidate, errors }
  }
  return best?.candidate
}

const normalize = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

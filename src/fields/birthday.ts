import type { Birthday } from '../mapi/contract/operations'

/**
 * A birthday as MAPI takes it.
 *
 * @param text `YYYY-MM-DD`, with or without a time after it; without a year `0000-MM-DD`, `--MM-DD` or `MM-DD`
 * @returns undefined where the text is none of these, or there is no such day
 */
export const parseBirthday = (text: string): Birthday | undefined => {
  const parts = /^(?:(\d{4})-|--)?(\d{2})-(\d{2})(?:[T ]\d{2}:.*)?$/.exec(text.trim())
  if (!parts) return undefined
  const [year, month, day] = [Number(parts[1] ?? 0), Number(parts[2]), Number(parts[3])]
  // Without a year, a leap year: 29 February is somebody's birthday. A year below 100 stands for one of the 1900s here.
  const date = new Date(Date.UTC(year || 2000, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return year ? { year, month, day } : { month, day }
}

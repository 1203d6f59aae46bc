import type { Birthday } from './contract'

/**
 * A birthday as MAPI takes it.
 *
 * @param text `YYYY-MM-DD`, with or without a time after it; without a year `0000-MM-DD`, `--MM-DD` or `MM-DD`
 * @returns undefined where the text is none of these, or there is no such day
 */
export const parseBirthday = (text: string): Birthday | undefined => {
  const [, year, month, day] = /^(?:(\d{4})-|--)?(\d{2})-(\d{2})(?:[T ]\d{2}:.*)?$/.exec(text.trim()) ?? []
  if (month === undefined || day === undefined) return undefined
  const hasYear = year !== undefined && year !== '0000'
  // Without a year, a leap year: 29 February is somebody's birthday.
  const date = new Date(`${hasYear ? year : '2000'}-${month}-${day}T00:00:00Z`)
  if (date.getUTCDate() !== Number(day)) return undefined
  return { ...(hasYear && { year: Number(year) }), month: Number(month), day: Number(day) }
}

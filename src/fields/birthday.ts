/** A day of the calendar, with or without a year. */
export interface Birthday {
  /** Four digits. */
  year?: number
  /** 1 to 12. */
  month: number
  /** 1 to 31. */
  day: number
}

/**
 * Parses a birthday.
 *
 * @param text `YYYY-MM-DD`, with or without a time after it, or without a year: `0000-MM-DD`, `--MM-DD` or `MM-DD`
 * @returns undefined if the text has none of these forms or the day does not exist
 * @example
 * parseBirthday('1990-05-17') // { year: 1990, month: 5, day: 17 }
 * parseBirthday('02-30') // undefined
 */
export const parseBirthday = (text: string): Birthday | undefined => {
  const parts = /^(?:(\d{4})-|--)?(\d{2})-(\d{2})(?:[T ]\d{2}:.*)?$/.exec(text.trim())
  if (!parts) return undefined
  const [year, month, day] = [Number(parts[1] ?? 0), Number(parts[2]), Number(parts[3])]
  // Without a year, any leap year will do: 29 February is a valid birthday. Date.UTC reads years below 100 as 19xx.
  const date = new Date(Date.UTC(year || 2000, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return year ? { year, month, day } : { month, day }
}

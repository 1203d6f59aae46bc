/** Reviver for JSON that JSON.stringify made: numbers beyond the safe integers as text, as `readEvents` reads them. */
export const withLongNumbersAsText = (_name: string, value: unknown): unknown =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER ? String(value) : value

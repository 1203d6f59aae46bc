/** Fields by key, each a value or a directive, as hosts save them. */
export type WebMapping = Readonly<Record<string, unknown>>

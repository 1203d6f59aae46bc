/** Markdown without what only aligns a table. */
export const unaligned = (markdown: string): string =>
  markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---').trim()

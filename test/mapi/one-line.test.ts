import { toOneLine } from '../../src/mapi/one-line'

describe('toOneLine', () => {
  it.each([
    ['line breaks', 'one\r\ntwo\u2028three\u2029four', 'one two three four'],
    ['control characters', 'one\u0000two\u001b[2Jthree\u009bfour', 'one two [2Jthree four'],
    ['blanks around them', ' \n one two\t', 'one two'],
    ['nothing but blanks', ' \n ', '']
  ])('makes one line of words with %s', (_what, words, line) => {
    expect(toOneLine(words)).toBe(line)
  })

  it('cuts what is longer than 300 characters, and says so', () => {
    expect(toOneLine('x'.repeat(300))).toBe('x'.repeat(300))
    expect(toOneLine('x'.repeat(301))).toBe(`${'x'.repeat(300)}…`)
  })

  it('looks at the first 600 characters only, however long the words are', () => {
    expect(toOneLine(`a${' '.repeat(598)}bc`)).toBe('a b')
    expect(toOneLine(`a${' '.repeat(600)}b`)).toBe('a')
  })
})

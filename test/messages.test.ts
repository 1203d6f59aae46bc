import { toMessage, toStatus, toOneLine } from '../src/messages'

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

describe('toMessage', () => {
  it.each([
    ['an error', new TypeError('no such thing'), 'no such thing'],
    ['an error without words', new Error(''), ''],
    ['an error of another realm', { name: 'Error', message: 'from afar' }, 'from afar'],
    ['a string', 'oops', 'oops'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['a number', 7, '7'],
    ['an array', ['a', 'b'], 'a,b'],
    ['an object without a message', { toString: () => 'its own words' }, 'its own words'],
    ['a message that is no string', { message: 7, toString: () => 'its own words' }, 'its own words']
  ])('finds the words of %s', (_what, thrown, words) => {
    expect(toMessage(thrown)).toBe(words)
  })
})

describe('toStatus', () => {
  it.each([
    ['an error with a status', Object.assign(new Error('no'), { status: 503 }), 503],
    ['an error with a response', { response: { status: 404 } }, 404],
    ['an error with both', { status: 401, response: { status: 404 } }, 401],
    ['an error with neither', new Error('no'), undefined],
    ['a status that is text', { status: '503' }, undefined],
    ["a response's status that is text", { response: { status: '503' } }, undefined],
    ['a response that is null', { response: null }, undefined],
    ['a response without a status', { response: {} }, undefined],
    ['a string', '503', undefined],
    ['null', null, undefined],
    ['nothing', undefined, undefined]
  ])('finds the status of %s', (_what, thrown, status) => {
    expect(toStatus(thrown)).toBe(status)
  })
})

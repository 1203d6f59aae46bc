import { AuthenticationError } from '../../src/mapi'
import fc from 'fast-check'
import { MAPI_URL, toMapiAccount } from '../../src'
import { toMapiUrl } from '../../src/mapi/account'

describe('toMapiAccount', () => {
  it.each([
    ['secret', 'https://mapi.fbot.me', 'secret'],
    ['uat:secret', 'https://mapi.fbot-uat.me', 'secret'],
    ['dev-2:a:b', 'https://mapi.fbot-dev-2.me', 'a:b'],
    [`${'e'.repeat(32)}:s`, `https://mapi.fbot-${'e'.repeat(32)}.me`, 's'],
    ['uat:line\nline', 'https://mapi.fbot-uat.me', 'line\nline'],
    [`${'e'.repeat(33)}:s`, 'https://mapi.fbot.me', `${'e'.repeat(33)}:s`],
    ['UAT:secret', 'https://mapi.fbot.me', 'UAT:secret'],
    ['uat:', 'https://mapi.fbot.me', 'uat:'],
    [':secret', 'https://mapi.fbot.me', ':secret'],
    ['evil.example/#:secret', 'https://mapi.fbot.me', 'evil.example/#:secret'],
    ['evil.example:443/x:secret', 'https://mapi.fbot.me', 'evil.example:443/x:secret'],
    ['x@evil:secret', 'https://mapi.fbot.me', 'x@evil:secret'],
    ['uat\n:secret', 'https://mapi.fbot.me', 'uat\n:secret']
  ])('reads the secret %j', (given, mapiUrl, secret) => {
    expect(toMapiAccount('key', given)).toEqual({ mapiUrl, key: 'key', secret })
  })

  it('calls the address that the operator chose, with the secret alone', () => {
    expect(toMapiAccount('key', 'uat:secret', 'http://127.0.0.1:8787')).toEqual({
      mapiUrl: 'http://127.0.0.1:8787',
      key: 'key',
      secret: 'secret'
    })
  })

  it("lets no secret choose a host that is not one of Friendbuy's", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (left, right) => {
        const secret = `${left}:${right}`
        fc.pre(secret.trim() !== '')
        const { hostname, protocol, port, username } = new URL(toMapiAccount('key', secret).mapiUrl)
        expect({ protocol, port, username }).toEqual({ protocol: 'https:', port: '', username: '' })
        expect(hostname).toMatch(/^mapi\.fbot(-[a-z0-9-]{1,32})?\.me$/)
      })
    )
  })

  it.each([
    ['', 'secret'],
    ['  ', 'secret'],
    ['key', ''],
    [undefined, 'secret'],
    ['key', null]
  ])('names the settings that are missing from %j and %j', (key, secret) => {
    const read = () => toMapiAccount(key, secret)
    expect(read).toThrow(AuthenticationError)
    expect(read).toThrow('The Friendbuy MAPI Key or the Friendbuy MAPI Secret is missing')
  })
})

describe('toMapiUrl', () => {
  it.each([
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787'],
    ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787'],
    ['https://proxy.example/mapi//', 'https://proxy.example/mapi'],
    ['https://mapi.fbot.me/v1', MAPI_URL],
    ['https://mapi.fbot.me/v1/', MAPI_URL],
    [MAPI_URL, MAPI_URL]
  ])('takes %s', (address, url) => {
    expect(toMapiUrl(address)).toBe(url)
  })

  it('reads an address of 200,000 slashes in linear time', () => {
    const address = `http://127.0.0.1/${'/'.repeat(200_000)}a`
    expect(toMapiUrl(address)).toBe(address)
  })

  it.each([
    '',
    'localhost:8787',
    'ftp://a',
    'xhttp://a',
    'httpx://a',
    'https://user:pw@a',
    'https://a/?b',
    'https://a/#b',
    'https://a/?',
    'https://a/#'
  ])('refuses %p and does not repeat it', (address) => {
    expect(() => toMapiUrl(address)).toThrow(
      new TypeError('mapiUrl must be a plain http or https address, such as http://127.0.0.1:8787')
    )
  })
})

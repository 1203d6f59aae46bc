import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCredentials } from '../../src/merchants/credentials'
import { newSettings } from '../support/credentials'
import { rejectionOf } from '../support/sandboxed'

describe('readCredentials', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'credentials-'))
    path = join(folder, 'settings.json')
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const write = (text: string, mode = 0o600) => {
    writeFileSync(path, text)
    chmodSync(path, mode)
  }

  /** What the credentials are refused with; it repeats nothing of the text. */
  const refusalOf = async (text: string, mode?: number) => {
    write(text, mode)
    const error = await rejectionOf(readCredentials({ settings: path }, {}))
    expect(error).not.toHaveProperty('cause')
    return error.message.replaceAll(path, 'settings.json')
  }

  it('reads the environment', async () => {
    const { authKey, authSecret } = newSettings()
    const env = { FRIENDBUY_MAPI_KEY: authKey, FRIENDBUY_MAPI_SECRET: authSecret }
    expect(await readCredentials({}, env)).toEqual({ authKey, authSecret })
  })

  it.each([
    [{}, 'FRIENDBUY_MAPI_KEY and FRIENDBUY_MAPI_SECRET'],
    [{ FRIENDBUY_MAPI_KEY: 'the-key' }, 'FRIENDBUY_MAPI_SECRET'],
    [{ FRIENDBUY_MAPI_KEY: ' ', FRIENDBUY_MAPI_SECRET: 'the-secret' }, 'FRIENDBUY_MAPI_KEY']
  ])('says what the environment %j lacks', async (env, missing) => {
    const { message } = await rejectionOf(readCredentials({}, env))
    expect(message).toBe(`Set ${missing} in the environment, or name a file with --settings.`)
  })

  it.each([0o600, 0o400, 0o700])(
    'reads a file of the mode %o, which goes before the environment',
    async (mode) => {
      const settings = newSettings()
      write(`\uFEFF${JSON.stringify({ ...settings, other: 1 })}\n`, mode)
      const env = { FRIENDBUY_MAPI_KEY: 'k', FRIENDBUY_MAPI_SECRET: 's' }
      expect(await readCredentials({ settings: path }, env)).toEqual(settings)
    }
  )

  it.each([0o640, 0o604, 0o660, 0o610, 0o777])('refuses a file of the mode %o', async (mode) => {
    expect(await refusalOf(JSON.stringify(newSettings()), mode)).toBe(
      'settings.json can be read by others: run "chmod 600 settings.json".'
    )
  })

  it.each(['', 'authKey=very-secret', '{"authKey": "very-secret",}', '"very-secret'])(
    'says that %j is not JSON, and no more',
    async (text) => {
      expect(await refusalOf(text)).toBe(
        'settings.json is not JSON: it must hold {"authKey": "…", "authSecret": "…"}.'
      )
    }
  )

  it.each([
    'null',
    '["very-secret"]',
    '{}',
    '{"authKey":"very-secret"}',
    '{"authKey":"very-secret","authSecret":" "}',
    '{"authKey":7,"authSecret":"very-secret"}'
  ])('says what %s must hold', async (text) => {
    expect(await refusalOf(text)).toBe(
      'settings.json must hold {"authKey": "…", "authSecret": "…"}, and neither may be blank.'
    )
  })

  it('says why it cannot read a file', async () => {
    const messageFor = async () => (await rejectionOf(readCredentials({ settings: path }, {}))).message
    expect(await messageFor()).toMatch(/settings\.json cannot be read: .*ENOENT/)
    mkdirSync(path, { mode: 0o700 })
    expect(await messageFor()).toMatch(/settings\.json cannot be read: .*EISDIR/)
  })
})

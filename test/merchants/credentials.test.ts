import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

  const write = (text: string) => {
    writeFileSync(path, text, { mode: 0o600 })
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
  ])('names what the environment %j lacks', async (env, missing) => {
    const { message } = await rejectionOf(readCredentials({}, env))
    expect(message).toBe(
      `Missing credentials: set ${missing} in the environment, or pass a file with --settings.`
    )
  })

  it('prefers a file to the environment', async () => {
    const settings = newSettings()
    write(JSON.stringify({ ...settings, other: 1 }))
    const env = { FRIENDBUY_MAPI_KEY: 'k', FRIENDBUY_MAPI_SECRET: 's' }
    expect(await readCredentials({ settings: path }, env)).toEqual(settings)
  })

  it.each([
    'null',
    '["very-secret"]',
    '{}',
    '{"authKey":"very-secret"}',
    '{"authKey":"very-secret","authSecret":" "}',
    '{"authKey":7,"authSecret":"very-secret"}'
  ])('rejects the file %s, without repeating it', async (text) => {
    write(text)
    const error = await rejectionOf(readCredentials({ settings: path }, {}))
    expect(error.message).toBe(
      `Invalid settings file ${path}: expected {"authKey": "…", "authSecret": "…"}, neither of them blank.`
    )
    expect(error).not.toHaveProperty('cause')
  })
})

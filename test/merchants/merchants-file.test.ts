import { EventEmitter, once } from 'node:events'
import promises, { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { toDefaultSubscription } from '../../src/host/subscriptions'
import { readMerchants, type ResolveMerchant } from '../../src/queue'
import { newSettings, noteOutput } from '../support/credentials'
import { eventually } from '../support/eventually'
import { rejectionOf } from '../support/sandboxed'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'merchants-'))
  path = join(folder, 'merchants.json')
})

afterEach(async () => {
  jest.restoreAllMocks()
  await rm(folder, { recursive: true })
})

const write = (content: unknown, { mode = 0o600, to = path } = {}) =>
  writeFile(to, typeof content === 'string' ? content : JSON.stringify(content), { mode })

/** An issue with a short name for the file; it must show no credential. */
const shorten = (issue: string) => {
  noteOutput(issue)
  return issue.replaceAll(path, 'merchants.json')
}

const refusalOf = async (content: unknown) => {
  await write(content)
  const error = await rejectionOf(readMerchants(path))
  noteOutput(inspect(error.cause))
  return shorten(error.message)
}

describe('readMerchants', () => {
  it('finds the merchants of a file, and no others', async () => {
    const [one, two] = [newSettings(), newSettings()]
    const subscription = toDefaultSubscription('trackPurchase')
    await write(
      `\uFEFF${JSON.stringify({
        'shop-1': { settings: one },
        'shop-2': {
          settings: { ...two, other: 1 },
          subscriptions: [{ ...subscription, name: 'Purchases' }, { enabled: false }],
          customEvents: ['Downloaded']
        }
      })}\n`
    )
    const resolve = await readMerchants(path)
    expect(await resolve('shop-1')).toEqual({ settings: one })
    expect(await resolve('shop-2')).toEqual({
      settings: two,
      subscriptions: [subscription],
      customEvents: ['Downloaded']
    })
    for (const id of ['shop-3', '', '__proto__', 'constructor']) expect(await resolve(id)).toBeUndefined()
  })

  it('finds merchants whose IDs are property names of JavaScript', async () => {
    const settings = newSettings()
    await write(`{"__proto__":${JSON.stringify({ settings })},"7":${JSON.stringify({ settings })}}`)
    const resolve = await readMerchants(path)
    expect([await resolve('__proto__'), await resolve('7')]).toEqual([{ settings }, { settings }])
  })

  it('accepts a file without merchants', async () => {
    await write({})
    expect(await (await readMerchants(path))('shop-1')).toBeUndefined()
  })

  const { authKey, authSecret } = newSettings()
  const settings = { authKey, authSecret }
  const SETTINGS = 'expected "settings": {"authKey": "…", "authSecret": "…"}, neither of them blank.'

  it.each([
    ['is empty', ''],
    ['is cut short', JSON.stringify({ 'shop-1': { settings } }).slice(0, -3)],
    ['is a bare credential', authSecret]
  ])('rejects a file that %s', async (_how, text) => {
    expect(await refusalOf(text)).toBe(
      'merchants.json is not valid JSON: expected an object of merchants by ID.'
    )
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [{ id: 'shop-1', settings }]],
    ['a text', authSecret]
  ])('rejects a file that holds %s', async (_what, value) => {
    expect(await refusalOf(JSON.stringify(value))).toBe(
      'Invalid merchants file merchants.json: expected an object of merchants by ID.'
    )
  })

  it.each<[string, unknown]>([
    ['that is null', null],
    ['that is a list', [settings]],
    ['that has its settings by itself', settings],
    ['without settings', { customEvents: [] }],
    ['whose settings are a text', { settings: authSecret }],
    ['without a key', { settings: { authSecret } }],
    ['without a secret', { settings: { authKey } }],
    ['with a blank key', { settings: { authKey: ' ', authSecret } }],
    ['with a key that is no text', { settings: { authKey: 7, authSecret } }]
  ])('rejects a merchant %s', async (_how, merchant) => {
    expect(await refusalOf({ 'shop-1': { settings }, 'shop-2': merchant })).toBe(
      `Invalid merchants file merchants.json at "shop-2": ${SETTINGS}`
    )
  })

  it('rejects a merchant with an unknown property, such as a misspelled one', async () => {
    expect(await refusalOf({ 'shop-1': { settings, customEvent: ['Downloaded'] } })).toBe(
      'Invalid merchants file merchants.json at "shop-1": unknown property "customEvent". Supported are settings, subscriptions and customEvents.'
    )
  })

  it.each<[string, unknown]>([
    ['a name', 'Downloaded'],
    ['null', null],
    ['a blank name among others', ['Downloaded', ' ']],
    ['a number among names', ['Downloaded', 7]]
  ])('rejects %s as custom events', async (_how, customEvents) => {
    expect(await refusalOf({ 'shop-1': { settings, customEvents } })).toBe(
      'Invalid merchants file merchants.json at "shop-1".customEvents: expected an array of event names.'
    )
  })

  it('rejects invalid subscriptions, and names each issue', async () => {
    const invalid = { partnerAction: 'trackOrder', subscribe: 'type = "trakc"', mapping: {} }
    expect(await refusalOf({ 'shop-1': { settings, subscriptions: [invalid] } })).toBe(
      [
        'Invalid merchants file merchants.json at "shop-1".subscriptions:',
        '[0].partnerAction: expected one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent, got "trackOrder"',
        '[0].subscribe: unknown event type "trakc"; expected one of track, identify, page, screen, group, alias, delete'
      ].join('\n')
    )
    expect(await refusalOf({ 'shop-1': { settings, subscriptions: null } })).toBe(
      [
        'Invalid merchants file merchants.json at "shop-1".subscriptions:',
        'subscriptions: expected an array of { partnerAction, subscribe, mapping }, got null'
      ].join('\n')
    )
  })

  it('rejects a file that others can read', async () => {
    await write({ 'shop-1': { settings } })
    await chmod(path, 0o644)
    const { message } = await rejectionOf(readMerchants(path))
    expect(shorten(message)).toBe('merchants.json can be read by others: run "chmod 600 merchants.json".')
  })
})

describe('readMerchants, after the file has changed', () => {
  const [before, after] = [newSettings(), newSettings()]
  let now: number
  let reports: string[]
  let watching: AbortController
  let resolve: ResolveMerchant

  beforeEach(async () => {
    now = 0
    jest.spyOn(performance, 'now').mockImplementation(() => now)
    reports = []
    await write({ 'shop-1': { settings: before } })
    watching = new AbortController()
    resolve = await readMerchants(path, {
      signal: watching.signal,
      onReload: (issue) => {
        reports.push(issue === undefined ? 'valid' : shorten(issue))
      }
    })
  })

  afterEach(() => {
    watching.abort()
  })

  /** A merchant's settings, so many milliseconds later. */
  const settingsAfter = async (ms: number, id = 'shop-1') => {
    now += ms
    return (await resolve(id))?.settings
  }

  it('uses the changes after a second', async () => {
    await write({ 'shop-1': { settings: after } })
    expect(await settingsAfter(999)).toEqual(before)
    expect(reports).toEqual([])
    expect(await settingsAfter(1)).toEqual(after)
    expect(reports).toEqual(['valid'])
  })

  it('has everyone who asks during a reload wait for it', async () => {
    await write({ 'shop-1': { settings: after } })
    now += 1000
    const found = await Promise.all(Array.from({ length: 30 }, () => settingsAfter(0)))
    expect(found).toEqual(found.map(() => after))
    expect(reports).toEqual(['valid'])
  })

  it('checks again if a check began too long ago', async () => {
    const released = new EventEmitter()
    const { stat } = promises
    const slow = jest.spyOn(promises, 'stat').mockImplementationOnce(async (...args) => {
      const found = await stat(...args)
      await once(released, 'release')
      return found
    })
    const first = settingsAfter(1000)
    await eventually(() => released.listenerCount('release') === 1)
    await write({ 'shop-1': { settings: after } })
    const second = settingsAfter(1001)
    released.emit('release')
    await first
    expect(await second).toEqual(after)
    expect(slow).toHaveBeenCalledTimes(2)
  })

  it('does not depend on the system clock', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(0)
    await write({ 'shop-1': { settings: after } })
    expect(await settingsAfter(1000)).toEqual(after)
  })

  it('does not read the file while it stays the same', async () => {
    const opened = jest.spyOn(promises, 'open')
    for (let checks = 0; checks < 5; checks += 1) expect(await settingsAfter(1000)).toEqual(before)
    expect(opened).not.toHaveBeenCalled()
    expect(reports).toEqual([])
  })

  it('notices a change that keeps the size', async () => {
    const swapped = { authKey: before.authSecret, authSecret: before.authKey }
    await write({ 'shop-1': { settings: swapped } })
    expect(await settingsAfter(1000)).toEqual(swapped)
  })

  it('finds a new merchant, and no longer a removed one', async () => {
    await write({ 'shop-2': { settings: after } })
    const found = await Promise.all([settingsAfter(1000), settingsAfter(0), settingsAfter(0, 'shop-2')])
    expect(found).toEqual([undefined, undefined, after])
  })

  it('notices a file that replaces it', async () => {
    const next = join(folder, 'next.json')
    await write({ 'shop-1': { settings: after } }, { to: next })
    await rename(next, path)
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports).toEqual(['valid'])
  })

  /** Asks often, and returns what was reported meanwhile. */
  const reportsOfChecks = async () => {
    reports = []
    for (let checks = 0; checks < 3; checks += 1) expect(await settingsAfter(1000)).toEqual(before)
    return reports
  }

  const NOT_JSON = 'merchants.json is not valid JSON: expected an object of merchants by ID.'

  it('keeps the last valid one while it is invalid, and reports each issue once', async () => {
    await write(`{"shop-1": {"settings": ${JSON.stringify(after)}}`)
    expect(await reportsOfChecks()).toEqual([NOT_JSON])
    await write('{"shop-1": {"settings": ')
    expect(await reportsOfChecks()).toEqual([NOT_JSON])
    reports = []
    await write({ 'shop-1': { settings: after } })
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports).toEqual(['valid'])
  })

  it('changes no merchant if one of them is invalid', async () => {
    await write({ 'shop-1': { settings: after }, 'shop-2': {} })
    expect(await reportsOfChecks()).toEqual([
      'Invalid merchants file merchants.json at "shop-2": expected "settings": {"authKey": "…", "authSecret": "…"}, neither of them blank.'
    ])
  })

  it.each<[string, () => Promise<void>, () => Promise<void>, string]>([
    [
      'is missing',
      () => rename(path, join(folder, 'aside')),
      () => rename(join(folder, 'aside'), path),
      'Cannot read merchants.json: ENOENT'
    ],
    [
      'can be read by others',
      () => chmod(path, 0o640),
      () => chmod(path, 0o600),
      'merchants.json can be read by others: run "chmod 600 merchants.json".'
    ]
  ])('keeps the last valid one while it %s', async (_how, harm, repair, issue) => {
    await harm()
    expect(await reportsOfChecks()).toEqual([expect.stringContaining(issue) as string])
    await repair()
    expect(await reportsOfChecks()).toEqual(['valid'])
  })

  it('reads it again until the machine can open it', async () => {
    await write({ 'shop-1': { settings: after } })
    jest
      .spyOn(promises, 'open')
      .mockRejectedValue(Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }))
    expect(await reportsOfChecks()).toEqual(['Cannot read merchants.json: EMFILE: too many open files'])
    jest.mocked(promises.open).mockRestore()
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports.slice(1)).toEqual(['valid'])
  })

  it('reports an issue while nobody asks, until the signal is aborted', async () => {
    await write('{')
    await eventually(() => reports.length === 1)
    expect(reports).toEqual([NOT_JSON])
    watching.abort()
    await write({})
    await delay(1200)
    expect(reports).toEqual([NOT_JSON])
  })
})

import promises, { chmod, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { toDefaultSubscription } from '../../src/host/subscriptions'
import { readMerchants, type ResolveMerchant } from '../../src/queue'
import { setClock } from '../support/clock'
import { newSettings, noteOutput } from '../support/credentials'
import { rejectionOf } from '../support/sandboxed'

const START = Date.parse('2026-03-02T09:00:00Z')

let folder: string
let path: string

beforeEach(async () => {
  setClock(START)
  folder = await mkdtemp(join(tmpdir(), 'merchants-'))
  path = join(folder, 'merchants.json')
})

afterEach(async () => {
  jest.restoreAllMocks()
  jest.useRealTimers()
  await rm(folder, { recursive: true })
})

/** Writes the file as it is at a time of its own, however fast the next one comes. */
const write = async (content: unknown, { mode = 0o600, to = path } = {}) => {
  await writeFile(to, typeof content === 'string' ? content : JSON.stringify(content), { mode })
  const writtenAt = Date.now() / 1000
  await utimes(to, writtenAt, writtenAt)
}

/** What is said of a problem, which shows no credential, with a short name for the file. */
const shorten = (problem: string) => {
  noteOutput(problem)
  return problem.replaceAll(path, 'merchants.json')
}

const refusalOf = async (content: unknown, mode?: number) => {
  await write(content, { mode })
  const error = await rejectionOf(readMerchants(path))
  noteOutput(inspect(error.cause))
  return shorten(error.message)
}

describe('readMerchants', () => {
  it('finds the merchants of a file, each with its own, and no others', async () => {
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

  it('finds merchants whose IDs have a meaning in JavaScript', async () => {
    const settings = newSettings()
    await write(`{"__proto__":${JSON.stringify({ settings })},"7":${JSON.stringify({ settings })}}`)
    const resolve = await readMerchants(path)
    expect([await resolve('__proto__'), await resolve('7')]).toEqual([{ settings }, { settings }])
  })

  it('takes a file without merchants: they may come', async () => {
    await write({})
    expect(await (await readMerchants(path))('shop-1')).toBeUndefined()
  })

  const { authKey, authSecret } = newSettings()
  const settings = { authKey, authSecret }
  const SETTINGS = 'must have "settings": {"authKey": "…", "authSecret": "…"}, and neither blank.'

  it.each([
    ['is empty', ''],
    ['is cut short', JSON.stringify({ 'shop-1': { settings } }).slice(0, -3)],
    ['is a bare credential', authSecret]
  ])('refuses a file that %s', async (_how, text) => {
    expect(await refusalOf(text)).toBe(
      'merchants.json is not JSON: it must hold an object of merchants by their IDs.'
    )
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [{ id: 'shop-1', settings }]],
    ['a text', authSecret]
  ])('refuses a file that holds %s', async (_what, value) => {
    expect(await refusalOf(JSON.stringify(value))).toBe(
      'merchants.json must hold an object of merchants by their IDs.'
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
  ])('refuses a merchant %s', async (_how, merchant) => {
    expect(await refusalOf({ 'shop-1': { settings }, 'shop-2': merchant })).toBe(
      `merchants.json: the merchant "shop-2" ${SETTINGS}`
    )
  })

  it('refuses a merchant with what it does not know, such as a misspelt name', async () => {
    expect(await refusalOf({ 'shop-1': { settings, customEvent: ['Downloaded'] } })).toBe(
      'merchants.json: the merchant "shop-1" has "customEvent", and may have settings, subscriptions and customEvents.'
    )
  })

  it.each<[string, unknown]>([
    ['a name', 'Downloaded'],
    ['null', null],
    ['a blank name among others', ['Downloaded', ' ']],
    ['a number among names', ['Downloaded', 7]]
  ])('refuses %s as custom events', async (_how, customEvents) => {
    expect(await refusalOf({ 'shop-1': { settings, customEvents } })).toBe(
      'merchants.json: the merchant "shop-1" must have an array of names as "customEvents".'
    )
  })

  it('refuses subscriptions with issues, and names each', async () => {
    const mistaken = { partnerAction: 'trackOrder', subscribe: 'type = "trakc"', mapping: {} }
    expect(await refusalOf({ 'shop-1': { settings, subscriptions: [mistaken] } })).toBe(
      [
        'merchants.json: the merchant "shop-1" has issues in "subscriptions":',
        '[0].partnerAction: it must be one of trackCustomer, trackPurchase, trackSignUp, trackCustomEvent',
        '[0].subscribe: no event has the type trakc; the types are track, identify, page, screen, group, alias, delete'
      ].join('\n')
    )
    expect(await refusalOf({ 'shop-1': { settings, subscriptions: null } })).toBe(
      [
        'merchants.json: the merchant "shop-1" has issues in "subscriptions":',
        'the whole: it must be an array of { partnerAction, subscribe, mapping }'
      ].join('\n')
    )
  })

  it('refuses a file that others may read', async () => {
    await write({ 'shop-1': { settings } })
    await chmod(path, 0o644)
    const { message } = await rejectionOf(readMerchants(path))
    expect(shorten(message)).toBe('merchants.json can be read by others: run "chmod 600 merchants.json".')
  })

  it('refuses a file that is missing', async () => {
    const { message } = await rejectionOf(readMerchants(path))
    expect(shorten(message)).toMatch(/^merchants\.json cannot be read: ENOENT: no such file or directory/)
  })
})

describe('readMerchants, once the file has changed', () => {
  const [before, after] = [newSettings(), newSettings()]
  let reports: string[]
  let resolve: ResolveMerchant

  beforeEach(async () => {
    reports = []
    await write({ 'shop-1': { settings: before } })
    resolve = await readMerchants(path, (problem) => {
      reports.push(problem === undefined ? 'in order' : shorten(problem))
    })
  })

  /** The settings of a merchant, so many milliseconds later. */
  const settingsAfter = async (ms: number, id = 'shop-1') => {
    jest.setSystemTime(Date.now() + ms)
    return (await resolve(id))?.settings
  }

  it('goes by the new one, when a second has passed since it looked last', async () => {
    await write({ 'shop-1': { settings: after } })
    expect(await settingsAfter(999)).toEqual(before)
    expect(reports).toEqual([])
    expect(await settingsAfter(1)).toEqual(after)
    expect(reports).toEqual(['in order'])
  })

  it('does not read it while it stays the same', async () => {
    const opened = jest.spyOn(promises, 'open')
    for (let looks = 0; looks < 5; looks += 1) expect(await settingsAfter(1000)).toEqual(before)
    expect(opened).not.toHaveBeenCalled()
    expect(reports).toEqual([])
  })

  it('sees a change that leaves the size and the time as they were', async () => {
    const swapped = { authKey: before.authSecret, authSecret: before.authKey }
    await write({ 'shop-1': { settings: swapped } })
    expect(await settingsAfter(1000)).toEqual(swapped)
  })

  it('finds a merchant that is new, and no longer one that was taken out', async () => {
    await write({ 'shop-2': { settings: after } })
    expect(await settingsAfter(1000, 'shop-2')).toEqual(after)
    expect(await settingsAfter(0)).toBeUndefined()
  })

  it('sees a file that another was renamed to', async () => {
    const next = join(folder, 'next.json')
    await write({ 'shop-1': { settings: after } }, { to: next })
    await rename(next, path)
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports).toEqual(['in order'])
  })

  /** Looks often, and gives what was reported meanwhile. */
  const reportsOfLooks = async () => {
    reports = []
    for (let looks = 0; looks < 3; looks += 1) expect(await settingsAfter(1000)).toEqual(before)
    return reports
  }

  const NOT_JSON = 'merchants.json is not JSON: it must hold an object of merchants by their IDs.'

  it('goes on with the last one in order, and reports once, as long as the new one is broken', async () => {
    await write(`{"shop-1": {"settings": ${JSON.stringify(after)}}`)
    expect(await reportsOfLooks()).toEqual([NOT_JSON])
    await write('{"shop-1": {"settings": ')
    expect(await reportsOfLooks()).toEqual([NOT_JSON])
    reports = []
    await write({ 'shop-1': { settings: after } })
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports).toEqual(['in order'])
  })

  it('changes no merchant where one of them is broken', async () => {
    await write({ 'shop-1': { settings: after }, 'shop-2': {} })
    expect(await reportsOfLooks()).toEqual([
      'merchants.json: the merchant "shop-2" must have "settings": {"authKey": "…", "authSecret": "…"}, and neither blank.'
    ])
  })

  it('goes on with the last one, and reports once, as long as the file is missing', async () => {
    const aside = join(folder, 'aside.json')
    await rename(path, aside)
    expect(await reportsOfLooks()).toEqual([
      expect.stringMatching(/^merchants\.json cannot be read: .*ENOENT/)
    ])
    await rename(aside, path)
    expect(await reportsOfLooks()).toEqual(['in order'])
  })

  it('goes on with the last one, and reports once, as long as others may read the new one', async () => {
    await chmod(path, 0o640)
    expect(await reportsOfLooks()).toEqual([
      'merchants.json can be read by others: run "chmod 600 merchants.json".'
    ])
    await chmod(path, 0o600)
    expect(await reportsOfLooks()).toEqual(['in order'])
  })

  it('reads it as soon as it can where the machine could not open another file', async () => {
    await write({ 'shop-1': { settings: after } })
    jest
      .spyOn(promises, 'open')
      .mockRejectedValue(Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' }))
    expect(await reportsOfLooks()).toEqual(['merchants.json cannot be read: EMFILE: too many open files'])
    jest.restoreAllMocks()
    expect(await settingsAfter(1000)).toEqual(after)
    expect(reports.slice(1)).toEqual(['in order'])
  })

  it('says so where a file that did not change can be read again', async () => {
    const gone = new Error('ESTALE: stale file handle')
    jest.spyOn(promises, 'stat').mockRejectedValue(gone)
    jest.spyOn(promises, 'open').mockRejectedValue(gone)
    expect(await reportsOfLooks()).toEqual(['merchants.json cannot be read: ESTALE: stale file handle'])
    jest.restoreAllMocks()
    expect(await reportsOfLooks()).toEqual(['in order'])
  })

  it('keeps nobody waiting who asks while it is read', async () => {
    await write({ 'shop-1': { settings: after } })
    jest.setSystemTime(Date.now() + 1000)
    const [first, second] = await Promise.all([resolve('shop-1'), resolve('shop-1')])
    expect([first?.settings, second?.settings]).toEqual([after, before])
    expect(reports).toEqual(['in order'])
  })
})

import { Destination } from '@segment/actions-core'
import fc from 'fast-check'
import { createFriendbuyDestination } from '../../src'
import { startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { rejectionOf } from '../support/sandboxed'
import { newRecorder, performWith, RUNS, wildText } from '../support/arbitraries'

const payload = { orderId: 'o-1', amount: 1, currency: 'USD' }
const definition = createFriendbuyDestination()

/** What a secret may begin with to have another host called. */
const environment = fc.oneof(
  fc.constantFrom(
    ...[
      'evil.example#',
      'a@evil.example/',
      'uat/../..',
      'UAT',
      '٣',
      'ｕａｔ',
      'uat\n',
      '\nuat',
      'uat\r\nHost',
      ' uat'
    ],
    ...[
      'u:p@evil.example',
      'uat.evil.example/',
      'uat\\',
      'uat%2e',
      '-',
      'e'.repeat(33),
      'e'.repeat(100_000),
      'uat'
    ]
  ),
  fc.string({ unit: fc.constantFrom(...Array.from('az09-./\\@:#?%A\n\r\t ıK')), maxLength: 40 }),
  wildText
)

describe('A secret', () => {
  it("has one of Friendbuy's hosts called, whatever it is, by each call that there is", () =>
    fc.assert(
      fc.asyncProperty(environment, wildText, fc.string(), async (name, rest, key) => {
        const settings = { authKey: `k${key}`, authSecret: `${name}:${rest}s` }
        const { request, calls } = newRecorder()
        await performWith('trackPurchase', request, { payload, settings })
        await definition.onDelete?.(request, { payload: { userId: 'c-1' }, settings } as never)
        await definition.authentication?.testAuthentication?.(request, { settings } as never)
        expect(calls.length).toBeGreaterThanOrEqual(3)
        for (const { url, headers } of calls) {
          expect(url).toMatch(
            /^https:\/\/mapi\.fbot(-[a-z0-9-]{1,32})?\.me\/v1\/(authorization|event\/purchase|user-data\?customerId=c-1)$/
          )
          expect(new URL(url).origin).toBe(/^https:[^:]*?\.me(?=\/)/.exec(url)?.[0])
          expect([{}, { Authorization: 'Bearer a-token' }]).toContainEqual(headers)
        }
      }),
      {
        numRuns: RUNS,
        examples: [
          ['uat\n', 'x', 'k'],
          ['', '', '']
        ]
      }
    ))
})

describe('Credentials', () => {
  it.each([
    ['a line break', 'k\r\nX-Evil: 1', 's\r\nX-Evil: 1'],
    ['letters beyond ASCII', 'schlüssel😀', 'geheimnis☃'],
    ['quotes and a NUL', 'k"\u0000', 's\\"']
  ])('with %s go as JSON, and into no header and no error', async (_what, authKey, authSecret) => {
    const sandbox = await startSandbox()
    const own = newSettings()
    const settings = { authKey: authKey + own.authKey, authSecret: authSecret + own.authSecret }
    const friendbuy = new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))
    await friendbuy.testAuthentication(settings)
    expect(sandbox.records.map(({ status }) => status)).toEqual([200])
    sandbox.injectFault({ status: 401, body: { message: `no ${JSON.stringify(settings)}` } })
    const error = await rejectionOf(friendbuy.testAuthentication(settings))
    const said = `${error.message}${JSON.stringify(error)}`
    expect(said).toContain('401')
    for (const secret of [...Object.values(settings), own.authKey, own.authSecret]) {
      expect(said).not.toContain(secret)
    }
    await sandbox.close()
  })
})

describe('The ID of a customer to delete', () => {
  it('reaches MAPI as it is, and nothing else of the request changes', () =>
    fc.assert(
      fc.asyncProperty(
        wildText.filter((text) => text.trim() !== ''),
        async (userId) => {
          const { request, calls } = newRecorder()
          await definition.onDelete?.(request, { payload: { userId }, settings: newSettings() } as never)
          const { url = '', method } = calls.at(-1) ?? {}
          expect(url).toMatch(/^https:\/\/mapi\.fbot\.me\/v1\/user-data\?customerId=[\w.*+%-]+$/)
          expect([...new URL(url).searchParams]).toEqual([['customerId', Buffer.from(userId).toString()]])
          expect(method).toBe('DELETE')
        }
      ),
      {
        numRuns: RUNS,
        examples: [['a&email=b'], ['#'], ['../../v1/customer'], ['a\r\nX-Evil: 1'], ['a;b=c']]
      }
    ))
})

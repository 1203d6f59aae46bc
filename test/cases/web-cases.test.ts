import { webActions } from '../../src/web/action-fields'
import { friendbuyWeb, webPluginFactory } from '../../src/web/friendbuy-web'
import { toPush } from '../../src/web/to-push'
import { closePage, openPage } from '../web/page'
import { webCases } from './web-cases'

const MERCHANT = '0ebece2e-b04c-4504-97f2-16cd9f423612'

afterEach(closePage)

/** What a promise gives or is rejected with. */
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error
  )

describe.each(webCases)(
  '$action: $name',
  ({ action, event, mapping, settings, scripts, expect: expected }) => {
    if (action === 'load') {
      it('loads the page', async () => {
        const page = openPage()
        const [plugin] = webPluginFactory(settings)
        const error = await outcomeOf(plugin?.load() ?? Promise.resolve())
        const pushed = [...((page.friendbuyAPI ?? []) as unknown[])]
        if (Array.isArray(expected)) expect({ pushed, error }).toEqual({ pushed: expected })
        else expect(error?.message).toContain(expected.error)
        expect(page.scripts).toEqual(scripts)
      })
      return
    }

    const subscribe = webActions[action].defaultSubscription

    it('pushes through the plugin', async () => {
      const page = openPage()
      const [plugin] = friendbuyWeb({
        merchantId: MERCHANT,
        subscriptions: [{ partnerAction: action, subscribe, mapping }]
      })
      const context = { event: event ?? {} }
      const error = await outcomeOf(plugin?.track(context) ?? Promise.resolve())
      if (Array.isArray(expected)) {
        expect(error).toBeUndefined()
        expect(page.pushes()).toEqual(expected)
      } else {
        expect(error?.message).toContain(expected.error)
        expect(error).toMatchObject({ name: 'PayloadValidationError', code: 'PAYLOAD_VALIDATION_FAILED' })
        expect(page.pushes()).toEqual([])
      }
    })

    const isMatched = !Array.isArray(expected) || expected.length > 0
    if (!isMatched) return
    it('is converted by toPush', () => {
      const convert = () => [toPush(action, event ?? {}, mapping).push]
      if (Array.isArray(expected)) expect(convert()).toEqual(expected)
      else expect(convert).toThrow(expected.error)
    })
  }
)

import { rudderIntegration } from '../../src/web/rudder-integration'
import { closePage, openPage } from './page'

const merchantId = '0ebece2e-b04c-4504-97f2-16cd9f423612'

const traits = { email: 'ada@example.com' }
const newLogger = () => ({ error: jest.fn(), warn: jest.fn() })

afterEach(closePage)

describe('The integration for RudderStack', () => {
  it('loads the page in init, and reads traits from the context', async () => {
    const page = openPage()
    const integration = rudderIntegration({ merchantId })
    const logger = newLogger()
    expect(integration.isReady()).toBe(false)
    integration.init({}, {}, logger)
    expect(integration.isReady()).toBe(true)
    const message = { type: 'identify', event: null, userId: 'c-1', context: { traits } }
    integration.identify({}, logger, { message })
    integration.page({}, logger, { message: { type: 'page', event: null, name: 'Home', properties: {} } })
    await Promise.resolve()
    expect(page.pushes()).toEqual([
      ['track', 'customer', { id: 'c-1', email: 'ada@example.com' }, true],
      ['track', 'page', { name: 'Home' }, true]
    ])
    expect([logger.error.mock.calls, logger.warn.mock.calls]).toEqual([[], []])
    expect(message).not.toHaveProperty('traits')
  })

  it('logs an error instead of an unhandled rejection', async () => {
    openPage()
    const logger = newLogger()
    const integration = rudderIntegration({ merchantId })
    integration.track({}, logger, { message: { type: 'track', event: 'Order Completed', properties: {} } })
    await new Promise(setImmediate)
    expect(logger.error.mock.calls).toEqual([[expect.stringContaining('Order ID (orderId) is required')]])
  })

  it('logs why the page cannot be loaded, once, and stays unready', async () => {
    openPage()
    const logger = newLogger()
    const integration = rudderIntegration({ merchantId: 'shop' })
    integration.init({}, {}, logger)
    await new Promise(setImmediate)
    expect(logger.error.mock.calls).toEqual([[expect.stringContaining('(merchantId)')]])
    expect(integration.isReady()).toBe(false)
  })

  it('logs what is dropped', async () => {
    openPage()
    const logger = newLogger()
    const message = { type: 'identify', userId: 'c-1', context: { traits: { ...traits, age: 'x' } } }
    rudderIntegration({ merchantId }).identify({}, logger, { message })
    await new Promise(setImmediate)
    expect(logger.warn.mock.calls).toEqual([['Friendbuy Track Customer dropped: age (not a number)']])
  })
})

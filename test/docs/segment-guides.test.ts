import { previewEvent } from '../../src'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { createEnvironment, handle } from '../segment-function/environment'
import { newSettings } from '../support/credentials'
import { readBlocks } from '../support/document'

const jsonOf = (guide: string) =>
  readBlocks(`docs/guides/${guide}`).filter(({ language }) => language === 'json')

describe("The guide to Segment's function", () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await startSandbox()
  })
  afterAll(() => sandbox.close())

  const blocks = new Map(jsonOf('segment-function.md').map(({ writtenAs = '', code }) => [writtenAs, code]))
  const outcomeOf = (event: object, settings: object = {}) =>
    handle(createEnvironment(sandbox), event, { ...newSettings(), ...settings }).then(
      () => sandbox.records.at(-1)?.path,
      (error: unknown) => (error instanceof Error ? `${error.constructor.name}: ${error.message}` : error)
    )

  it.each([
    ['identify.json', '/v1/customer'],
    ['order.json', '/v1/event/purchase'],
    ['sign-up.json', '/v1/event/account-sign-up'],
    [
      'mistake.json',
      'InvalidEventPayload: Order ID (orderId) is required, and is missing or blank: map it to a value that the event has.'
    ],
    ['page.json', 'EventNotSupported: Friendbuy: no mapping matches this page event.']
  ])('shows an event whose outcome is as described: %s', async (name, outcome) => {
    expect(await outcomeOf(JSON.parse(blocks.get(name) ?? '') as object)).toBe(outcome)
  })

  it('shows a mapping that the function accepts', async () => {
    const properties = { id: 'o-1', amount: 20, email: 'ada@example.com' }
    const event = { type: 'track', event: 'Order Paid', userId: 'c-1', properties }
    expect(await outcomeOf(event, { mappings: blocks.get('mapping.json') })).toBe('/v1/event/purchase')
    expect(blocks.size).toBe(6)
  })
})

describe("The guide to Segment's catalog", () => {
  const values = jsonOf('segment-catalog.md').map(({ code, line }) => ({
    line,
    value: JSON.parse(code) as { type: 'track'; event?: string }
  }))
  const pairs = values.flatMap(({ line, value }, index) =>
    index % 2 === 0 ? [{ line, event: value, body: values[index + 1]?.value }] : []
  )

  it.each(pairs)('shows what an event should become: line $line', async ({ event, body }) => {
    const action = event.event === 'Downloaded' ? ({ action: 'trackCustomEvent' } as const) : {}
    const [preview] = await previewEvent(event, action)
    expect(preview?.body).toEqual(body)
  })
})

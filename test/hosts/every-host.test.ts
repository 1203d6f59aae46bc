import { Destination } from '@segment/actions-core'
import { actions, createFriendbuyDestination, type Settings } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { type HostEvent, hostEvents } from '../support/hosts/events'
import { startLocalServer } from '../support/hosts/local-server'
import { createPostHog, lists, toInputs } from '../support/hosts/posthog'
import { merchantOfSettings, taken } from '../support/sandboxed'

let sandbox: Sandbox
let localServer: Awaited<ReturnType<typeof startLocalServer>>

beforeAll(async () => {
  sandbox = await startSandbox()
  localServer = await startLocalServer(sandbox.url)
})

afterAll(async () => {
  localServer.close()
  await sandbox.close()
})

const newDestination = () => new Destination(createFriendbuyDestination({ mapiUrl: sandbox.url }))

const toSubscription = ({ action, event }: HostEvent) => ({
  partnerAction: action,
  subscribe:
    event.type === 'track'
      ? `type = "track" and event = "${event.event ?? ''}"`
      : actions[action].defaultSubscription,
  mapping: toDefaultMapping(action)
})

/** How each host has an event delivered. */
const hosts: Record<string, (sent: HostEvent, settings: Settings) => Promise<unknown>> = {
  "Segment's runtime": (sent, settings) =>
    newDestination().onEvent(sent.event, { ...settings, subscription: toSubscription(sent) }),
  "Segment's runtime, in batches,": (sent, settings) =>
    newDestination().onBatch([sent.event], { ...settings, subscription: toSubscription(sent) }),
  // It runs the same kind of destination, and has each event go by all actions that are set up.
  "Customer.io's pipelines": (sent, settings) =>
    newDestination().onEvent(sent.event, { ...settings, subscriptions: hostEvents.map(toSubscription) }),
  "Segment's local server": ({ action, event }, settings) =>
    localServer.post(action, { payload: event, settings }),
  "Segment's local server, in batches,": ({ action, event }, settings) =>
    localServer.post(action, { payload: [event], settings }),
  'PostHog, with lists of objects as an object,': (sent, settings) =>
    createPostHog(sandbox.url).run(sent.action, toInputs(sent, lists['an object']), settings),
  'PostHog, with lists of objects as an object in a list,': (sent, settings) =>
    createPostHog(sandbox.url).run(sent.action, toInputs(sent, lists['an object in a list']), settings)
}

describe.each(Object.entries(hosts))('%s', (_host, deliver) => {
  it.each(hostEvents)('has $action deliver what every host does', async (sent) => {
    const settings = newSettings()
    await deliver(sent, settings)
    const own = taken(sandbox).filter(({ merchant }) => merchant === merchantOfSettings(settings))
    expect(own.map(({ path, body }) => ({ path, body }))).toEqual([sent.call])
  })
})

describe("Segment's local server", () => {
  it('tests credentials', async () => {
    expect(await localServer.post('authenticate', { settings: newSettings() })).toEqual({})
    expect(await localServer.post('authenticate', { settings: {} })).toEqual({
      error: { status: 400, message: expect.stringContaining('authKey') as string }
    })
  })

  it('deletes the data of a customer', async () => {
    const request = { payload: { type: 'delete', userId: 'customer-1' }, settings: newSettings() }
    expect(await localServer.post('delete', request)).toEqual({
      result: {
        output: 'Friendbuy deletes the data of this customer.',
        data: { jobId: expect.any(String) as string }
      }
    })
  })
})

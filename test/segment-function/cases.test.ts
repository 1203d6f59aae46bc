import { actions } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { cases } from '../cases/cases'
import { newSettings } from '../support/credentials'
import { createEnvironment, handle, InvalidEventPayload } from './environment'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.close())

describe.each(cases)('$action: $name', ({ action, event, mapping, expect: expected }) => {
  it('error' in expected ? 'fails before any request' : `posts to ${expected.path}`, async () => {
    const environment = createEnvironment(sandbox)
    const settings = newSettings()
    const subscription = {
      partnerAction: action,
      subscribe: actions[action].defaultSubscription,
      mapping: { ...toDefaultMapping(action), ...mapping }
    }
    // The presets do the same without it.
    const isPreset = mapping === undefined && action !== 'trackCustomEvent'
    const given = isPreset ? settings : { ...settings, mappings: JSON.stringify([subscription]) }
    const before = sandbox.records.length

    const handled = handle(environment, event, given)
    if ('error' in expected) {
      await expect(handled).rejects.toThrow(InvalidEventPayload)
      expect(environment.urls).toEqual([])
    } else {
      await handled
      const calls = sandbox.records.slice(before).filter(({ path }) => path !== '/v1/authorization')
      expect(calls.map(({ path, body }) => ({ path, body }))).toEqual([expected])
    }
  })
})

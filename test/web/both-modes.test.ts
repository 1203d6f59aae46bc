import type { JSONObject, SegmentEvent } from '@segment/actions-core'
import { type ActionKey, actions, friendbuyWebDefinition, previewEvent } from '../../src'
import { toDefaultMapping } from '../../src/cloud/destination'
import { toPush } from '../../src/web/to-push'
import { isRecord } from '../../src/values'
import { cases } from '../cases/cases'
import { webCases } from '../cases/web-cases'

interface Both {
  name: string
  action: ActionKey
  event: SegmentEvent
  mapping: JSONObject
}

/** The worked cases of either mode that the other mode has an action for. */
const both: Both[] = [
  ...cases.map(({ mapping, ...worked }) => ({
    ...worked,
    mapping: { ...toDefaultMapping(worked.action), ...mapping }
  })),
  ...webCases
    .filter(({ action }) => action in actions)
    .map(({ name, action, event, mapping }) => ({
      name,
      action: action as ActionKey,
      event: event as SegmentEvent,
      mapping: (mapping as JSONObject | undefined) ?? toDefaultMapping(action as ActionKey)
    }))
]

/** The values by which Friendbuy knows an event and its customer. */
const idsInCloud = async ({ action, event, mapping }: Both) => {
  // As it arrives: Dates are strings then.
  const sent = JSON.parse(JSON.stringify(event)) as SegmentEvent
  const subscription = { partnerAction: action, subscribe: 'type != "alias"', mapping }
  const [preview] = await previewEvent(sent, { subscriptions: [subscription] })
  const { orderId, customerId, deduplicationId, eventType } = preview?.body ?? {}
  return preview?.body && { orderId, customerId, deduplicationId, eventType }
}

const idsInBrowser = ({ action, event, mapping }: Both) => {
  const [, eventType, values] = toPush(action, event, mapping).push
  const { id, deduplicationId } = values
  const customer = isRecord(values.customer) ? values.customer : {}
  return {
    orderId: action === 'trackPurchase' ? id : undefined,
    customerId: action === 'trackCustomer' || action === 'trackSignUp' ? id : customer.id,
    deduplicationId,
    eventType: action === 'trackCustomEvent' ? eventType : undefined
  }
}

/** A custom event cannot have the name of one of Friendbuy's own in the browser. */
const isOwnName = ({ action, event: { event } }: Both) =>
  action === 'trackCustomEvent' && ['purchase', 'page', 'email'].includes(event?.trim() ?? '')

describe('Both modes give the same IDs', () => {
  it.each(both.filter((one) => !isOwnName(one)).map((one) => [one.action, one.name, one] as const))(
    '%s: %s',
    async (_action, _name, one) => {
      const inCloud = await idsInCloud(one)
      if (inCloud) expect(idsInBrowser(one)).toEqual(inCloud)
      else expect(() => idsInBrowser(one)).toThrow('is required')
    }
  )

  it('and have the same fields, but those of the context', () => {
    for (const key of Object.keys(actions) as ActionKey[]) {
      const { pageUrl, pageTitle, userAgent, ipAddress, ...fields } = actions[key].fields
      expect([pageUrl, pageTitle, userAgent, ipAddress]).not.toContain(undefined)
      expect(friendbuyWebDefinition.actions[key].fields).toEqual(fields)
    }
  })
})

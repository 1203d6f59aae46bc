const { AnalyticsBrowser } = window.AnalyticsNext

// Settings come from this server, and no event goes to Segment.
const analytics = AnalyticsBrowser.load(
  { writeKey: 'example', cdnURL: location.origin },
  { integrations: { 'Segment.io': false } }
)

const FRIENDBUY = {
  merchantId: '0ebece2e-b04c-4504-97f2-16cd9f423612',
  subscriptions: [
    { partnerAction: 'trackCustomer', subscribe: 'type = "identify"' },
    { partnerAction: 'trackPage', subscribe: 'type = "page"' },
    { partnerAction: 'trackPurchase', subscribe: 'type = "track" and event = "Order Completed"' },
    { partnerAction: 'trackSignUp', subscribe: 'type = "track" and event = "Signed Up"' },
    { partnerAction: 'trackCustomEvent', subscribe: 'type = "track" and event = "Downloaded"' }
  ]
}

const CUSTOMER = { email: 'jo@example.com', firstName: 'Jo', lastName: 'Doe' }

/** What a visitor does, with the call of analytics.js that the shop makes of it. */
const STEPS = [
  ['View the home page', 'page', ['Home']],
  ['Log in', 'identify', ['customer-1', { ...CUSTOMER, loyaltyStatus: 'in' }]],
  ['Join the referral program', 'track', ['Signed Up', { ...CUSTOMER, referralCode: 'friend-1' }]],
  [
    'Buy two mugs',
    'track',
    [
      'Order Completed',
      {
        orderId: 'order-1001',
        total: 42.5,
        currency: 'usd',
        coupon: 'TEN',
        email: CUSTOMER.email,
        products: [{ sku: 'mug', name: 'Blue mug', price: '21.25', quantity: 2 }]
      }
    ]
  ],
  ['Download the app', 'track', ['Downloaded', { email: CUSTOMER.email, platform: 'iOS', version: 3 }]]
]

const add = (parent, name, properties) => {
  const element = Object.assign(document.createElement(name), properties)
  parent.append(element)
  return element
}

const accept = async () => {
  document.getElementById('consent').hidden = true
  // Not earlier: the destination loads Friendbuy's scripts as soon as it is registered.
  await analytics.register(...window.friendbuyDestination(FRIENDBUY))
  add(document.head, 'script', { src: 'stand-in.js', async: true })
}

document.getElementById('accept').addEventListener('click', accept)

/** What the destination said of an event: why it failed, and which values it dropped. */
const toNote = (context) =>
  context
    .logs()
    .flatMap(({ message, extras }) =>
      message.startsWith('Friendbuy') ? message : (extras?.error?.message ?? [])
    )
    .join(' ')

for (const [title, method, args] of STEPS) {
  const step = add(document.getElementById('steps'), 'li')
  const button = add(step, 'button', { textContent: title })
  const call = `analytics.${method}(${args.map((arg) => JSON.stringify(arg, null, 2)).join(', ')})`
  add(step, 'pre', { textContent: call, tabIndex: 0 })
  const note = add(step, 'p', { className: 'note', hidden: true })
  button.addEventListener('click', async () => {
    note.textContent = toNote(await analytics[method](...args))
    note.hidden = note.textContent === ''
  })
}

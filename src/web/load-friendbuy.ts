import { currentPage, friendbuyApi } from './page'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/

/**
 * Registers a merchant on the page and requests Friendbuy's two scripts, unless the page has done so itself. Does not wait
 * for the scripts: until they run, an array keeps the pushes.
 *
 * @param merchantId the merchant's setting, as it was typed
 * @throws Error if the ID is missing or not a UUID, or if the page belongs to another merchant; then nothing changes
 */
export const loadFriendbuy = (merchantId: unknown): void => {
  const id = typeof merchantId === 'string' ? merchantId.trim() : ''
  // It becomes part of an address.
  if (!UUID.test(id)) {
    throw new Error(
      'Friendbuy Merchant ID (merchantId) is missing or not a UUID: copy it from the general settings at Friendbuy.'
    )
  }
  const api = friendbuyApi()
  const registered = api.merchantId ?? ''
  if (registered === '') {
    api.merchantId = id
    api.push(['merchant', id])
  } else if (typeof registered !== 'string' || registered.trim().toLowerCase() !== id.toLowerCase()) {
    throw new Error(
      'Friendbuy Merchant ID (merchantId) differs from the merchant that the page has registered: a page has one merchant.'
    )
  }
  const { friendbuyBaseHost: other } = currentPage()
  const host = typeof other === 'string' && HOST_NAME.test(other) ? other : 'fbot.me'
  addScript(`https://static.${host}/friendbuy.js`)
  addScript(`https://campaign.${host}/${id}/campaigns.js`)
}

/** Adds a script to the page, unless the page has it. */
const addScript = (address: string) => {
  const { document } = currentPage()
  if (Array.from(document.scripts).some(({ src }) => src === address)) return
  const script = document.createElement('script')
  script.async = true
  script.src = address
  document.head.appendChild(script)
}

#!/usr/bin/env node
/**
 * Exports customers and opted-out addresses from Friendbuy's legacy REST API v2.
 *
 *   FRIENDBUY_V2_ACCESS_KEY=… FRIENDBUY_V2_SECRET_KEY=… node export-v2.mjs customers.ndjson opt-outs.txt
 *
 * customers.ndjson is input of `npx actions-friendbuy-cloud send`, and may be sent again: customers are updated.
 * opt-outs.txt has an address a line, for createEmailAuthorizationHandler of actions-friendbuy-cloud/webhooks.
 */
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const { FRIENDBUY_V2_URL = 'https://api.friendbuy.com/v2' } = process.env
const { FRIENDBUY_V2_ACCESS_KEY: access_key, FRIENDBUY_V2_SECRET_KEY: secret_key } = process.env
const [customersFile, optOutsFile] = process.argv.slice(2)

const PAGE_SIZE = 200
const ATTEMPTS = 5
const FIRST_PAUSE_MS = 500

/** Calls the API; retries after a 503 and after a network error. */
const call = async (path, options) => {
  for (let attempt = 1; ; attempt += 1) {
    let failure
    try {
      const response = await fetch(FRIENDBUY_V2_URL + path, {
        ...options,
        signal: AbortSignal.timeout(30_000)
      })
      if (response.ok) return await response.json()
      failure = new Error(`Friendbuy answered ${response.status} to ${path.replace(/\?.*/, '')}`)
      if (response.status !== 503) attempt = ATTEMPTS
      await response.body?.cancel()
    } catch (error) {
      failure = new Error(`Friendbuy did not answer ${path.replace(/\?.*/, '')}: ${error.message}`)
    }
    if (attempt >= ATTEMPTS) throw failure
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1))
  }
}

/** Gives the items of a list, page by page. */
async function* list(path, token) {
  let cursor
  do {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor && { cursor }) })
    const page = await call(`${path}?${query}`, { headers: { authorization: `Bearer ${token}` } })
    yield* page.results ?? []
    const next = page.next_page ? new URL(page.next_page).searchParams.get('cursor') : undefined
    if (next && next === cursor) throw new Error(`${path} gave the cursor ${cursor} twice`)
    cursor = next
  } while (cursor)
}

/** An identify event. Without isNewCustomer, a customer of years would pass for new on the new platform. */
const toEvent = (customer) => ({
  type: 'identify',
  messageId: `friendbuy-v2-customer-${customer.id}`,
  userId: customer.account_id,
  timestamp: customer.last_modified_at,
  traits: {
    email: customer.email_address,
    firstName: customer.first_name,
    lastName: customer.last_name,
    ...(customer.first_purchase_date && { isNewCustomer: false })
  }
})

/** Writes a line for each item, and gives the number of lines. */
const exportList = async (items, file, toLine) => {
  const output = await open(file, 'w', 0o600)
  let count = 0
  try {
    for await (const item of items) {
      const line = toLine(item)
      if (line === undefined) continue
      await output.write(`${line}\n`)
      count += 1
    }
  } finally {
    await output.close()
  }
  return count
}

const run = async () => {
  if (!access_key || !secret_key) throw new Error('Set FRIENDBUY_V2_ACCESS_KEY and FRIENDBUY_V2_SECRET_KEY.')
  if (!customersFile || !optOutsFile)
    throw new Error('Usage: node export-v2.mjs <customers.ndjson> <opt-outs.txt>')
  const { token } = await call('/tokens/merchant', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ access_key, secret_key })
  })
  let skipped = 0
  const customers = await exportList(list('/customers', token), customersFile, (customer) => {
    if (customer.email_address && customer.account_id) return JSON.stringify(toEvent(customer))
    skipped += 1
    return undefined
  })
  const optOuts = await exportList(list('/email_opt_outs', token), optOutsFile, ({ email }) => email)
  console.log(
    `${customers} customers, ${skipped} without an email address or account ID, ${optOuts} opt-outs`
  )
}

run().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})

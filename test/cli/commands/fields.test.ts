import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { actions } from '../../../src'
import { runCli } from '../../support/run-cli'

const PRETTIER = join(__dirname, '../../../node_modules/prettier/bin/prettier.cjs')

const keysIn = (text: string) => [...text.matchAll(/^([a-z]\w+(?:\[\]\.\w+)?) {2,}/gim)].map(([, key]) => key)

describe('fields', () => {
  it('lists the fields of an action in at most 100 columns', async () => {
    const { code, stdout, stderr } = await runCli(['fields', 'trackPurchase'])
    const lines = stdout.split('\n')
    expect(lines.slice(0, 9)).toEqual([
      'Track Purchase (trackPurchase): Record a purchase.',
      'for type = "track" and event = "Order Completed", to /v1/event/purchase',
      '',
      'orderId                 string    Order ID',
      '                        required  ID of the order. Friendbuy asks for a unique ID; whether a',
      '                                  repeated one counts again is not documented.',
      '                                  $.properties.order_id, else $.properties.orderId',
      'amount                  number    Purchase Amount',
      '                        required  Order total.'
    ])
    const { products } = actions.trackPurchase.fields
    const expected = Object.keys(actions.trackPurchase.fields).flatMap((key) =>
      key === 'products'
        ? [key, ...Object.keys(products?.properties ?? {}).map((name) => `products[].${name}`)]
        : [key]
    )
    expect(keysIn(stdout)).toEqual(expected)
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    expect([code, stderr]).toEqual([0, ''])
  })

  it('lists the actions', async () => {
    const { code, stdout } = await runCli(['fields'])
    expect(stdout.match(/^.* \(track\w+\): .*$/gm)).toEqual(
      Object.entries(actions).map(([key, { title, description }]) => `${title} (${key}): ${description}`)
    )
    expect(code).toBe(0)
  })

  it('prints JSON', async () => {
    const { stdout } = await runCli(['fields', '--json'])
    const given = JSON.parse(stdout) as { key: string; fields: { key: string }[] }[]
    expect(given.map(({ key, fields }) => [key, fields.map((field) => field.key)])).toEqual(
      Object.entries(actions).map(([key, { fields }]) => [key, Object.keys(fields)])
    )
    const only = JSON.parse((await runCli(['fields', 'trackPurchase', '--json'])).stdout) as typeof given
    expect(only).toEqual([given[1]])
    expect(only[0]).toMatchObject({
      key: 'trackPurchase',
      title: 'Track Purchase',
      description: 'Record a purchase.',
      path: '/v1/event/purchase',
      defaultSubscription: 'type = "track" and event = "Order Completed"'
    })
    const fieldOf = (key: string) => only[0]?.fields.find((field) => field.key === key)
    expect(fieldOf('amount')).toEqual({
      key: 'amount',
      label: 'Purchase Amount',
      type: 'number',
      required: true,
      defaults: ['$.properties.total', '$.properties.revenue'],
      description: 'Order total.'
    })
    expect(fieldOf('products')).toMatchObject({
      type: 'object[]',
      required: false,
      defaults: ['$.properties.products'],
      properties: expect.arrayContaining([
        {
          key: 'sku',
          label: 'SKU',
          type: 'string',
          required: false,
          defaults: [],
          description: 'Stock keeping unit.'
        }
      ]) as unknown[]
    })
  })

  it('prints Markdown as prettier formats it', async () => {
    const { stdout } = await runCli(['fields', '--markdown'])
    expect(stdout).toMatch(/^<!-- fields -->\n\n### Track Customer \(`trackCustomer`\)\n/)
    expect(stdout).toMatch(/\n\n<!-- \/fields -->\n$/)
    expect(stdout.replace(/ +/g, ' ')).toContain(
      '\n| `amount` | Purchase Amount | `number` | yes | `$.properties.total`, else `$.properties.revenue` | Order total. |\n'
    )
    const formatted = execFileSync(process.execPath, [PRETTIER, '--stdin-filepath', 'fields.md'], {
      cwd: join(__dirname, '../../..'),
      input: stdout,
      encoding: 'utf8'
    })
    expect(formatted).toBe(stdout)
  })

  it.each([
    ['an unknown action', ['buy'], /Allowed choices are trackCustomer, trackPurchase/],
    ['two formats', ['--json', '--markdown'], /cannot be used with/]
  ])('exits with 2 for %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await runCli(['fields', ...args])
    expect(stderr).toMatch(message)
    expect([code, stdout]).toEqual([2, ''])
  })

  it('has a working example in its help', async () => {
    const { stdout } = await runCli(['fields', '--help'])
    const args = /\$ actions-friendbuy-cloud (.+)\n$/.exec(stdout)?.[1]?.split(' ') ?? []
    expect(args).toEqual(['fields', 'trackPurchase'])
    expect((await runCli(args)).code).toBe(0)
  })
})

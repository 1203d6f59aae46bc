import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unaligned } from './support/markdown'
import { runCli } from './support/run-cli'

describe('The README', () => {
  it('lists the fields that there are: paste the output of "npx actions-friendbuy-cloud fields --markdown"', async () => {
    const readme = readFileSync(join(__dirname, '../README.md'), 'utf8')
    const section = /<!-- fields -->.*<!-- \/fields -->/s.exec(readme)?.[0] ?? 'no section'
    const { stdout } = await runCli(['fields', '--markdown'])
    expect(unaligned(section)).toBe(unaligned(stdout))
  })
})

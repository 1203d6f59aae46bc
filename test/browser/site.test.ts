import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { describeInBrowser } from '../support/browser'

const ROOT = join(__dirname, '../..')

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

let folder: string

/** Builds the site as `npm run docs` does, into a folder of its own. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'friendbuy-site-'))
  const vitepress = join(ROOT, 'node_modules/vitepress/bin/vitepress.js')
  await promisify(execFile)(process.execPath, [vitepress, 'build', '--outDir', folder], { cwd: ROOT })
}, 180_000)

afterAll(() => rmSync(folder, { recursive: true }))

const listFiles = (root: string, extension: string) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(extension))

const readPage = (page: string) => readFileSync(join(folder, page), 'utf8')

const isIn = (page: string, anchor: string) => readPage(page).includes(`id="${decodeURIComponent(anchor)}"`)

describe('The site of the documents', () => {
  it('has a page for each document', () => {
    const documents = listFiles(join(ROOT, 'docs'), '.md').map((name) => `docs/${name}`)
    const pages = [...documents, 'CHANGELOG.md', 'SECURITY.md', 'index.md', '404.md']
    expect(listFiles(folder, '.html').sort()).toEqual(pages.map((name) => name.replace(/md$/, 'html')).sort())
  })

  it('links only to what it has, sections and examples included', () => {
    const pages = listFiles(folder, '.html').filter((page) => page !== '404.html')
    const links = pages.flatMap((page) =>
      [...readPage(page).matchAll(/<a [^>]*href="(?!https?:)([^"]+)"/g)].map(([, href = '']) => {
        const { pathname, hash } = new URL(href, `http://site/${page}`)
        return { page, href, target: pathname === '/' ? 'index.html' : pathname.slice(1), hash }
      })
    )
    expect(links.length).toBeGreaterThan(500)
    const dead = links.filter(
      ({ target, hash }) =>
        !existsSync(join(folder, target)) || (hash.length > 1 && !isIn(target, hash.slice(1)))
    )
    expect(dead).toEqual([])
  })
})

describeInBrowser('The site of the documents in Chromium', (openPage) => {
  let server: Server

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site')
      const file = join(folder, pathname === '/' ? 'index.html' : pathname)
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      response.writeHead(existsSync(file) ? 200 : 404).end(existsSync(file) ? readFileSync(file) : '')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterAll(async () => {
    server.closeAllConnections()
    await promisify(server.close.bind(server))()
  })

  /** Opens the site; nothing may fail, and no other server may be asked for anything. */
  const openSite = async () => {
    const { port } = server.address() as AddressInfo
    const opened = await openPage(`http://127.0.0.1:${port}/`, { viewport: { width: 1400, height: 900 } })
    const headingOf = (title: string) =>
      opened.waitFor(`document.querySelector('main h1')?.textContent.includes(${JSON.stringify(title)})`)
    const issues = () => [...opened.requested, ...opened.errors, ...opened.logged, ...opened.reported]
    return { page: opened.page, headingOf, issues }
  }

  it('opens with the README, and leads to a guide', async () => {
    const { page, headingOf, issues } = await openSite()
    await headingOf('actions-friendbuy-cloud')
    const guide = await page.waitForSelector('aside a[href="/docs/guides/import-history.html"]')
    await guide?.click()
    await headingOf('Import your history')
    expect(issues()).toEqual([])
  })

  it('finds a section by its words, offline', async () => {
    const { page, headingOf, issues } = await openSite()
    const open = await page.waitForSelector('#local-search button')
    await open?.click()
    const input = await page.waitForSelector('#localsearch-input')
    await input?.type('internal person ID')
    const result = await page.waitForSelector('.results a[href*="run-in-a-pipeline.html#posthog"]')
    await result?.click()
    await headingOf('Run it in a pipeline')
    expect(new URL(page.url()).hash).toBe('#posthog')
    expect(issues()).toEqual([])
  })
})

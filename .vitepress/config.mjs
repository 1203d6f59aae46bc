import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig } from 'vitepress'

const ROOT = join(import.meta.dirname, '..')

const read = (path) => readFileSync(join(ROOT, path), 'utf8')

/** Anchor of a heading as GitHub makes it, so that a link works in both places. */
const slugify = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

/** Pages of a folder by their titles, in the order in which the README links them. */
const toItems = (folder) => {
  const [, listed = ''] = read('README.md').split('## Documentation')
  const placeOf = (path) => (listed.includes(`(${path})`) ? listed.indexOf(`(${path})`) : Infinity)
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort((one, other) => placeOf(one) - placeOf(other))
    .map((path) => ({
      text: /^# (.+)$/m.exec(read(path))?.[1] ?? path,
      link: `/${path.replace(/\.md$/, '.html')}`
    }))
}

/** Files that pages link to and that are no pages, such as examples. The site has a copy of each. */
const files = new Set()

const keepFiles = (md) =>
  md.core.ruler.push('files', ({ tokens, env }) => {
    for (const link of tokens.flatMap(({ children }) => children ?? [])) {
      const href = link.type === 'link_open' ? link.attrGet('href') : null
      if (href === null || /^[a-z]+:|^#|\.md(#|$)/.test(href)) continue
      const file = relative(ROOT, join(ROOT, dirname(env.relativePath), href))
      if (!existsSync(join(ROOT, file))) continue
      // VitePress takes a link with a target for a file, not for a page.
      link.attrSet('target', '_blank')
      files.add(file)
    }
  })

export default defineConfig({
  title: 'actions-friendbuy-cloud',
  description: "Sends a shop's events to Friendbuy",
  head: [
    // No request for a favicon.
    ['link', { rel: 'icon', href: 'data:,' }],
    // The tables of the reference are wide.
    ['style', {}, '.VPDoc.has-aside .content-container { max-width: 60rem !important }']
  ],
  srcExclude: ['!(docs)/*/**'],
  rewrites: { 'README.md': 'index.md' },
  markdown: { linkify: false, anchor: { slugify }, config: keepFiles },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: toItems('docs/guides')[0].link },
      { text: 'Reference', link: toItems('docs/reference')[0].link },
      { text: 'Changelog', link: '/CHANGELOG.html' }
    ],
    sidebar: [
      { text: 'Start', link: '/' },
      { text: 'Guides', items: toItems('docs/guides') },
      { text: 'Reference', items: toItems('docs/reference') },
      { text: 'Background', items: toItems('docs') },
      { text: 'Changelog', link: '/CHANGELOG.html' },
      { text: 'Security', link: '/SECURITY.html' }
    ]
  },
  buildEnd: ({ outDir }) => {
    for (const file of files) {
      mkdirSync(join(outDir, dirname(file)), { recursive: true })
      copyFileSync(join(ROOT, file), join(outDir, file))
    }
  }
})

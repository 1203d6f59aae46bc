/*
 * Bundles the browser destination: each file stands alone, needs nothing installed beside it, and runs in browsers that
 * know ES2019.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'src', 'web')

const { name, version, license } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

const OPTIONS = {
  bundle: true,
  metafile: true,
  platform: 'neutral',
  mainFields: ['module', 'browser', 'main'],
  target: 'es2019',
  absWorkingDir: ROOT
}

/** The labels that error messages name: those of required fields. */
const requiredLabels = async () => {
  const entryPoints = [join(SOURCE, 'action-fields.ts')]
  const { outputFiles } = await build({ ...OPTIONS, entryPoints, format: 'esm', write: false })
  const { webActions } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  const fields = Object.values(webActions).flatMap((action) => Object.values(action.fields))
  return new Set(fields.filter(({ required }) => required).map(({ label }) => label))
}

/** True for the text of a label or a description that a catalog shows, and a browser does not. */
const isCatalogText = (node, labels) =>
  ts.isPropertyAssignment(node) &&
  ts.isStringLiteralLike(node.initializer) &&
  (node.name.text === 'description' || (node.name.text === 'label' && !labels.has(node.initializer.text)))

const withoutCatalogTexts = (code, labels) => {
  const source = ts.createSourceFile('fields.ts', code, ts.ScriptTarget.Latest)
  const found = []
  const visit = (node) => {
    if (isCatalogText(node, labels)) found.push(node)
    else ts.forEachChild(node, visit)
  }
  visit(source)
  return found.reduceRight((rest, node) => {
    const after = rest.slice(node.end).replace(/^\s*,/, '')
    return rest.slice(0, node.getStart(source)) + after
  }, code)
}

const catalogTexts = {
  name: 'catalog-texts',
  setup: async ({ onLoad }) => {
    const labels = await requiredLabels()
    onLoad({ filter: /[\\/]src[\\/](fields[\\/][\w-]+|web[\\/]action-fields)\.ts$/ }, async ({ path }) => ({
      contents: withoutCatalogTexts(await readFile(path, 'utf8'), labels),
      loader: 'ts'
    }))
  }
}

/**
 * Writes the entry `./web` and the script build into a folder.
 *
 * @returns the files that went into the script build
 */
export const bundleWeb = async (folder) => {
  const options = { ...OPTIONS, plugins: [catalogTexts] }
  const entry = {
    ...options,
    entryPoints: [join(SOURCE, 'index.ts')],
    minifyWhitespace: true,
    minifySyntax: true
  }
  const [{ metafile }] = await Promise.all([
    build({
      ...options,
      entryPoints: [join(SOURCE, 'script.ts')],
      outfile: join(folder, 'web', 'friendbuy.min.js'),
      format: 'iife',
      minify: true,
      banner: { js: `/*! ${name} ${version} (${license}) */` }
    }),
    build({
      ...entry,
      outfile: join(folder, 'web', 'index.js'),
      format: 'cjs',
      // Never runs: it shows the default export to tools that read the code.
      footer: { js: '0&&(exports.default=0);' }
    }),
    build({ ...entry, outfile: join(folder, 'web', 'index.mjs'), format: 'esm' })
  ])
  return Object.keys(metafile.inputs)
}

/** Declarations of every field, which the entry's own do not refer to. */
const UNUSED = ['action-fields.d.ts', 'push.d.ts']

/** Writes the declarations of the entry for ES modules. They need the extensions that tsc leaves out. */
export const writeWebModuleDeclarations = async (folder) => {
  for (const file of UNUSED) await rm(join(folder, 'web', file))
  const declarations = await readFile(join(folder, 'web', 'index.d.ts'), 'utf8')
  const complete = declarations.replace(/(from '\.[^']*)'/g, "$1.js'")
  await writeFile(join(folder, 'web', 'index.d.mts'), complete)
}

/*
 * Bundles src: CommonJS for Node, ES modules for bundlers, and declarations.
 *
 * All entries are built together and share chunks, so that a process has one token cache however it imports the package.
 * What package.json lists as a dependency or a peer is imported; all else is bundled, and hosts need not install it.
 */
import { chmod, copyFile, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import { transform } from 'esbuild'
import { rollup } from 'rollup'
import ts from 'typescript'
import { bundleSegmentFunction } from './bundle-segment-function.mjs'
import { bundleWeb, writeWebModuleDeclarations } from './bundle-web.mjs'
import { thirdPartyNotices } from './third-party-notices.mjs'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'src')

const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

const INSTALLED = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

const toInput = (files) => {
  const names = files.map((file) => /^(?:\.\/)?dist\/(.+)\.js$/.exec(file)?.[1]).filter(Boolean)
  return Object.fromEntries(names.map((name) => [name, join(SOURCE, `${name}.ts`)]))
}

/** The entries that package.json exports: `dist/mapi/index.js` is made of `src/mapi/index.ts`. */
const ENTRIES = toInput(Object.values(manifest.exports).map((entry) => entry.default))

/** Those for Node. The one for browsers has a build of its own, which shares no chunk. */
const { 'web/index': WEB, ...LIBRARY } = ENTRIES

/** The program that package.json's `bin` loads. That file itself is copied: any Node must be able to parse it. */
const PROGRAM = { 'cli/program': join(SOURCE, 'cli', 'program.ts') }

const isBuiltin = (id) => id.startsWith('node:') || builtinModules.includes(id)
const isExternal = (id) => isBuiltin(id) || INSTALLED.some((name) => id === name || id.startsWith(`${name}/`))

const toCode = async (code, options) => ({
  code: (await transform(code, { target: 'node20', ...options })).code,
  map: null
})

const DEFINED = { PACKAGE_VERSION: JSON.stringify(manifest.version) }

const typescript = {
  name: 'typescript',
  // An import() within src names the file that tsc would emit.
  resolveId: (id, importer) =>
    importer?.endsWith('.ts') && /^\..*\.js$/.test(id) ? join(importer, '..', id.replace(/js$/, 'ts')) : null,
  transform: (code, id) => (id.endsWith('.ts') ? toCode(code, { loader: 'ts', define: DEFINED }) : null)
}

/** The modules of undici that dispatch requests: without its fetch, mocks, caches and web sockets it is half the size. */
const UNDICI = {
  Agent: 'undici/lib/dispatcher/agent.js',
  buildConnector: 'undici/lib/core/connect.js'
}

const undiciDispatcher = {
  name: 'undici-dispatcher',
  resolveId: (id) => (id === 'undici' ? '\0undici' : null),
  load: (id) => {
    if (id === '\0undici') {
      return Object.entries(UNDICI)
        .map(([name, path]) => `export { default as ${name} } from '${path}'`)
        .join('\n')
    }
    // For bodies that are neither a string nor bytes.
    return id.endsWith(join('undici', 'lib', 'web', 'fetch', 'body.js')) ? 'module.exports = {}' : null
  }
}

/** Packages without comments and blanks, which are half of them. Their licenses are in the notices. */
const compactPackages = {
  name: 'compact-packages',
  transform: (code, id) =>
    /node_modules.*\.[cm]?js$/.test(id)
      ? toCode(code, { minifySyntax: true, minifyWhitespace: true, legalComments: 'none' })
      : null
}

/** Warnings that packages cause and that change nothing. */
const isHarmless = ({ code, ids = [] }) =>
  code === 'THIS_IS_UNDEFINED' ||
  (code === 'CIRCULAR_DEPENDENCY' && ids.every((id) => id.includes('node_modules')))

const failOnWarning = (warning) => {
  if (!isHarmless(warning)) throw new Error(warning.message)
}

const code = (input) => ({
  input,
  external: isExternal,
  onwarn: failOnWarning,
  plugins: [
    undiciDispatcher,
    typescript,
    nodeResolve({ extensions: ['.ts', '.js', '.json'], exportConditions: ['node'], preferBuiltins: true }),
    // cli-table3 loads its colors within a try.
    commonjs({ ignoreTryCatch: false }),
    json(),
    compactPackages
  ]
})

/** Writes the declarations of the library and of all modules that they refer to. `npm run typecheck` checks them. */
const writeDeclarations = (folder) => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    {
      declaration: true,
      emitDeclarationOnly: true,
      noCheck: true,
      noEmit: false,
      outDir: folder,
      rootDir: SOURCE,
      types: ['node']
    },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: failOnDiagnostic }
  )
  ts.createProgram([...Object.values(LIBRARY), WEB], config.options)
    .emit()
    .diagnostics.forEach(failOnDiagnostic)
}

const failOnDiagnostic = ({ messageText }) => {
  throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
}

/** `cli/commands/send.js` for a command: files of other rooms may have its name. */
const toChunkName =
  (extension) =>
  ({ isDynamicEntry, moduleIds }) =>
    isDynamicEntry && moduleIds.some((id) => id.startsWith(join(SOURCE, 'cli', 'commands')))
      ? `cli/commands/[name]${extension}`
      : `chunks/[name]${extension}`

/** Modules that the program shares with its commands: left in the program, they would run it for whoever loads a command. */
const isOfTerminal = (id) =>
  /node_modules.(commander|picocolors)\b/.test(id) || id === join(SOURCE, 'cli', 'output.ts')

const manualChunks = (id) => {
  // In one file, which imports nothing: it runs where there is no Node to resolve a chunk.
  if (id.startsWith(join(SOURCE, 'webhooks'))) return 'webhooks'
  return isOfTerminal(id) ? 'terminal' : null
}

/** Writes a bundle, and gives what the next one of the same modules need not parse again. */
const write = async (inputOptions, outputOptions) => {
  const bundle = await rollup(inputOptions)
  try {
    await bundle.write(outputOptions)
    return bundle.cache
  } finally {
    await bundle.close()
  }
}

/** Writes all bundles into a folder. */
export const bundle = async (folder) => {
  const cache = await write(code({ ...LIBRARY, ...PROGRAM }), {
    dir: folder,
    format: 'cjs',
    exports: 'named',
    chunkFileNames: toChunkName('.js'),
    manualChunks,
    hoistTransitiveImports: false,
    // Jest without flags supports no import().
    dynamicImportInCjs: false,
    interop: (id) => (isBuiltin(id) ? 'default' : 'esModule'),
    generatedCode: 'es2015',
    plugins: [thirdPartyNotices('THIRD-PARTY-NOTICES.txt')]
  })
  await write(
    { ...code(LIBRARY), cache },
    {
      dir: join(folder, 'esm'),
      format: 'es',
      entryFileNames: '[name].mjs',
      chunkFileNames: toChunkName('.mjs'),
      manualChunks,
      generatedCode: 'es2015'
    }
  )
  await bundleWeb(folder)
  await bundleSegmentFunction(folder)
  writeDeclarations(folder)
  await writeWebModuleDeclarations(folder)
  // It holds nothing but exports, which read the same in code and declarations.
  for (const file of ['index.mjs', 'index.d.mts'])
    await copyFile(join(SOURCE, 'index.mts'), join(folder, file))
  await copyFile(join(SOURCE, 'cli', 'main.cjs'), join(folder, 'cli', 'main.js'))
  await chmod(join(folder, 'cli', 'main.js'), 0o755)
}

/* Bundles the hosts of a consumer with each bundler: `node bundle-hosts.mjs FOLDER` writes FOLDER/bundles/BUNDLER.HOST.cjs. */
import { join } from 'node:path'
import { promisify } from 'node:util'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import * as esbuild from 'esbuild'
import { rollup } from 'rollup'
import * as vite from 'vite'
import webpack from 'webpack'

const [, , folder] = process.argv
const bundles = join(folder, 'bundles')

const withEsbuild = (entry, file) =>
  esbuild.build({
    entryPoints: [entry],
    outfile: join(bundles, file),
    bundle: true,
    platform: 'node',
    logLevel: 'error'
  })

const withWebpack = async (entry, file) => {
  const stats = await promisify(webpack)({
    mode: 'production',
    context: folder,
    target: 'node20',
    entry,
    output: { path: bundles, filename: file },
    // Most of the time, and nothing that this is about.
    optimization: { minimize: false }
  })
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }))
}

const withRollup = async (entry, file) => {
  const bundle = await rollup({
    input: entry,
    external: /^node:/,
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs({ ignoreDynamicRequires: true }), json()],
    onwarn: () => undefined
  })
  await bundle.write({ file: join(bundles, file), format: 'cjs', inlineDynamicImports: true })
  await bundle.close()
}

const withVite = (entry, file) =>
  vite.build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: bundles,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { format: 'cjs', entryFileNames: file } }
    }
  })

const BUNDLERS = { esbuild: withEsbuild, webpack: withWebpack, rollup: withRollup, vite: withVite }

for (const [bundler, write] of Object.entries(BUNDLERS)) {
  for (const host of ['host.mjs', 'host.cjs']) {
    await write(join(folder, host), `${bundler}.${host}.cjs`)
  }
}

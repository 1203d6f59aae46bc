/*
 * Bundles the destination function for Segment: one readable script for Segment's editor, whose handlers are its global
 * functions.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..')

const { name, version, license } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))

const HEAD = `/*
 * Friendbuy destination function for Segment, ${name} ${version} (${license}).
 * Generated file: print it with "npx ${name} segment-function", and replace all of it to update.
 *
 * How to install it:
 * 1. In Segment, open Connections > Catalog > Functions, click New Function, choose Destination and click Build.
 * 2. Replace the code in the editor with this file.
 * 3. In the Settings tab, add the settings below.
 * 4. In the Test tab, fill in the settings, paste an event and click Run.
 * 5. Click Configure, name the function "Friendbuy", create it, and connect it to your sources.
 *
 * Settings (label, name, type):
 * - "Friendbuy MAPI Key", authKey, String, required, encrypted
 * - "Friendbuy MAPI Secret", authSecret, String, required, encrypted
 * - "Custom Events", customEvents, Array, optional: names of track events to send as custom events
 * - "Mappings", mappings, String, optional: JSON of saved subscriptions, in place of the defaults
 */
`

/** A handler for each type of event. Segment finds them by their names. */
const HANDLERS = `
async function onIdentify(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onTrack(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onPage(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onScreen(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onGroup(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onAlias(event, settings) {
  await friendbuy.onEvent(event, settings)
}

async function onDelete(event, settings) {
  await friendbuy.onDelete(event, settings)
}

async function onBatch(events, settings) {
  return friendbuy.onBatch(events, settings)
}
`

/**
 * Writes `segment-function.js` into a folder, if there is one.
 *
 * @returns the source files that went into it
 */
export const bundleSegmentFunction = async (folder) => {
  const { metafile } = await build({
    entryPoints: [join(ROOT, 'src', 'segment-function', 'index.ts')],
    outfile: join(folder ?? ROOT, 'segment-function.js'),
    write: folder !== undefined,
    bundle: true,
    metafile: true,
    platform: 'neutral',
    target: 'es2020',
    format: 'iife',
    globalName: 'friendbuy',
    charset: 'utf8',
    absWorkingDir: ROOT,
    banner: { js: HEAD },
    footer: { js: HANDLERS }
  })
  return Object.keys(metafile.inputs)
}

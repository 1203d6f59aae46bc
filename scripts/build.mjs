/*
 * Builds dist, unless it is newer than everything it is built from.
 *
 * The build goes into a temporary folder that replaces dist when it is complete: an interrupted build leaves dist as it was.
 */
import { randomUUID } from 'node:crypto'
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')
const INPUTS = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']

/** Prefix of the temporary folders, beside dist because a rename stays within one file system. */
const TEMPORARY = '.dist-'

/** A temporary folder this old belongs to a build that was interrupted. */
const ABANDONED_AFTER_MS = 10 * 60_000

/** The last change to a path, in milliseconds: a folder's counts, so that a removed file does. */
const changedAt = async (path) => {
  const { mtimeMs } = await stat(path)
  return mtimeMs
}

const changesWithin = async (path) => {
  const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : []
  return Promise.all([path, ...entries.map((entry) => join(path, entry))].map(changedAt))
}

const isUpToDate = async () => {
  const builtAt = await changedAt(DIST).catch(() => 0)
  const changes = await Promise.all(INPUTS.map((input) => changesWithin(join(ROOT, input))))
  return changes.flat().every((time) => time < builtAt)
}

const removeAbandoned = async () => {
  for (const name of (await readdir(ROOT)).filter((name) => name.startsWith(TEMPORARY))) {
    const folder = join(ROOT, name)
    if (Date.now() - (await changedAt(folder)) > ABANDONED_AFTER_MS) await rm(folder, { recursive: true })
  }
}

const build = async () => {
  const startedAt = new Date()
  await removeAbandoned()
  const complete = join(ROOT, `${TEMPORARY}${randomUUID()}`)
  const replaced = join(ROOT, `${TEMPORARY}${randomUUID()}`)
  try {
    await bundle(complete)
    // A file that changed meanwhile is newer.
    await utimes(complete, startedAt, startedAt)
    await rename(DIST, replaced).catch((error) => {
      if (error.code !== 'ENOENT') throw error
    })
    await rename(complete, DIST)
  } finally {
    for (const folder of [complete, replaced]) await rm(folder, { recursive: true, force: true })
  }
}

if (!(await isUpToDate())) await build()

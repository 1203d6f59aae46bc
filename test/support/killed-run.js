/*
 * A run that is there to be killed: `node killed-run.js FOLDER EVENTS`. It sends events, 20 at once and out of order, by
 * writing their numbers to FOLDER/sent, goes on from FOLDER/progress.json, and puts each seventh event into
 * FOLDER/failed.ndjson. It tells on standard output how many events it has completed.
 */
const fs = require('node:fs')
const module_ = require('node:module')
const { join } = require('node:path')
const { transformSync } = require('@swc/core')

module_._extensions['.ts'] = (module, file) => {
  const { code } = transformSync(fs.readFileSync(file, 'utf8'), {
    filename: file,
    module: { type: 'commonjs' },
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } }
  })
  module._compile(code, file)
}
const { openCheckpoint } = require('../../src/backfill/checkpoint')
const { openFailedFile } = require('../../src/backfill/failed-file')

const run = async (folder, events) => {
  const sent = fs.openSync(join(folder, 'sent'), 'a')
  const checkpoint = await openCheckpoint(
    join(folder, 'progress.json'),
    [join(folder, 'events.ndjson')],
    (value) => typeof value.events === 'number'
  )
  const tally = checkpoint.resumed?.tally ?? { events: 0, failed: 0 }
  const failed = await openFailedFile(join(folder, 'failed.ndjson'), {
    resumeAt: checkpoint.resumed?.failedBytes
  })
  await checkpoint.start(() => ({ tally, failedBytes: failed.bytes }))

  let next = 0
  const work = async () => {
    for (let index = next++; index < events; index = next++) {
      if (checkpoint.isCompleted(index)) continue
      fs.writeSync(sent, `${index}\n`)
      for (let turns = Math.random() * 20; turns > 0; turns -= 1) await new Promise(setImmediate)
      await checkpoint.complete(index, () => {
        tally.events += 1
        if (index % 7 !== 0) return undefined
        tally.failed += 1
        return failed.write({ event: { type: 'track', index }, error: 'no' })
      })
      fs.writeSync(1, `${tally.events}\n`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, work))
  await failed.close()
  await checkpoint.close()
}

void run(process.argv[2], Number(process.argv[3]))

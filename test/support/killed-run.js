/*
 * A run to be killed: `node killed-run.js FOLDER EVENTS`. It sends the events of FOLDER/events.ndjson, 20 at once and out
 * of order, by writing their numbers to FOLDER/sent. It resumes from FOLDER/progress.json and writes every seventh event
 * to FOLDER/failed.ndjson. It prints the number of completed events.
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
const { Checkpoint } = require('../../src/backfill/checkpoint')
const { openFailedFile } = require('../../src/backfill/failed-file')
const { readEvents } = require('../../src/events/read-events')

const run = async (folder) => {
  const sent = fs.openSync(join(folder, 'sent'), 'a')
  const files = [join(folder, 'events.ndjson')]
  const checkpoint = await Checkpoint.open(
    join(folder, 'progress.json'),
    files,
    { mapiUrl: 'http://127.0.0.1:9', account: 'key' },
    (value) => typeof value.events === 'number'
  )
  const lines = readEvents(files)
  const held = await checkpoint.resume(lines, new AbortController().signal)
  const tally = checkpoint.resumed?.tally ?? { events: 0, failed: 0 }
  const failed = await openFailedFile(join(folder, 'failed.ndjson'), {
    resumeAt: checkpoint.resumed?.failedBytes
  })
  await checkpoint.start(() => ({ tally, failedBytes: failed.bytes }))

  const rest = (async function* () {
    yield* held
    for await (const line of lines) {
      checkpoint.begin(line)
      yield line
    }
  })()
  const work = async () => {
    for await (const { index } of { [Symbol.asyncIterator]: () => ({ next: () => rest.next() }) }) {
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

void run(process.argv[2])

const { spawnSync } = require('node:child_process')
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { eventOf } = require('../events')

/** Runs Node, and gives the time from start to end in ms. */
const time = (args) => {
  const startedAt = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ms = Number(process.hrtime.bigint() - startedAt) / 1e6
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return ms
}

module.exports = {
  title: 'Command line, from start to end',
  contestants: ['ours'],
  figures: {
    nodeMs: '`node -e 0`, ms',
    previewHelpMs: '`preview --help`, ms',
    sendHelpMs: '`send --help`, ms',
    previewMs: '`preview` of one event, ms'
  },

  run: ({ program }, { folder }) => {
    const file = join(folder, 'one-event.ndjson')
    writeFileSync(file, JSON.stringify(eventOf.trackPurchase))
    return {
      nodeMs: time(['-e', '0']),
      previewHelpMs: time([program, 'preview', '--help']),
      sendHelpMs: time([program, 'send', '--help']),
      previewMs: time([program, 'preview', file])
    }
  }
}

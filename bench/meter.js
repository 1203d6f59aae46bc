/* What work costs this process. */
const https = require('node:https')
const { profile } = require('./profile')

/** What the figures of sending are called. */
exports.FIGURES_OF_SENDING = {
  micros: 'processor time, µs an event',
  perSecond: 'events a second'
}

/** The processor time of all threads of this process, for each of so many events. */
const measure = async (count, work) => {
  global.gc()
  const startedAt = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  const micros = (user + system) / count
  return { micros, perSecond: count / seconds, perCpuSecond: 1e6 / micros }
}
exports.measure = measure

/** Asks the MAPI of the bench: `/reset` begins to count anew, `/stats` gives the counts. */
const askMapi = async (path) => {
  const response = await new Promise((resolve, reject) =>
    https.get(`https://mapi.fbot.me${path}`, resolve).on('error', reject)
  )
  const chunks = await response.toArray()
  return JSON.parse(chunks.join(''))
}
exports.askMapi = askMapi

/** Measures how so many events are sent, or profiles it; each of them must have arrived. */
exports.measureSending = async (count, { withProfile }, { warmUp, send }) => {
  await warmUp()
  await askMapi('/reset')
  const figures = withProfile ? { profile: await profile(send) } : await measure(count, send)
  const { events, cpu } = await askMapi('/stats')
  if (events !== count) throw new Error(`${events} events of ${count} arrived`)
  // Kept in results.json: far below a second of a core for each second, or MAPI would be what is measured.
  return { ...figures, microsOfMapi: cpu / count }
}

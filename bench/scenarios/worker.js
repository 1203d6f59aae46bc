const { randomUUID } = require('node:crypto')
const { setTimeout: delay } = require('node:timers/promises')
const { orders } = require('../events')
const { measure } = require('../meter')
const { scaled } = require('../sizes')
const { createProducer, openQueue } = require('actions-friendbuy-cloud/queue')

const CONCURRENCY = 32

module.exports = {
  title: 'One worker empties a queue; the processor of bullmq does nothing',
  contestants: ['ours', 'bullmq'],
  needsRedis: true,
  figures: { micros: 'processor time of the worker, µs an event', perSecond: 'events a second' },

  run: async (contestant, { scale, redis }) => {
    const queue = `bench-${randomUUID()}`
    const producer = await createProducer({ redis, queue, maxQueued: Infinity })
    const admin = await openQueue({ redis, queue })
    const empty = async (count) => {
      await producer.add('default', orders(count))
      return measure(count, async () => {
        const close = await contestant.openWorker({ redis, queue, concurrency: CONCURRENCY })
        for (;;) {
          const { waiting, active, delayed } = await admin.status()
          if (waiting + active + delayed === 0) break
          await delay(50)
        }
        await close()
      })
    }
    await empty(scaled(1000, scale))
    const figures = await empty(scaled(6000, scale))
    const { failed } = await admin.status()
    await Promise.all([producer.close(), admin.close()])
    if (failed > 0) throw new Error(`${failed} events failed`)
    return figures
  }
}

import { Readable } from 'node:stream'
import fc from 'fast-check'
import { type EventLine, readEvents } from '../../src/events/read-events'
import { withLongNumbersAsText } from '../support/long-numbers'
import { RUNS, wildJsonObject } from '../support/arbitraries'

const LINE_FEED = 0x0a

/** Line of arbitrary bytes that is neither JSON nor blank. */
const garbage = fc
  .uint8Array({ maxLength: 40 })
  .map((bytes) => Buffer.from([0x7d, ...bytes.filter((byte) => byte !== LINE_FEED)]))

const event = wildJsonObject.map((properties) => ({ type: 'track', event: 'A', properties }))

describe('readEvents', () => {
  it('reports each line of garbage, and reads all events around it, for any chunk sizes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(garbage, event)),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        async (lines, end, sizes) => {
          const bytes = Buffer.concat(
            lines.flatMap((line) => [
              Buffer.isBuffer(line) ? line : Buffer.from(JSON.stringify(line)),
              Buffer.from(end)
            ])
          )
          const chunks: Buffer[] = []
          for (let start = 0; start < bytes.length; start += chunks.at(-1)?.length ?? 0) {
            chunks.push(bytes.subarray(start, start + (sizes[chunks.length % sizes.length] ?? 1)))
          }
          const read: EventLine[] = []
          for await (const line of readEvents(['-'], { stdin: Readable.from(chunks) })) read.push(line)
          expect(read.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1))
          expect(read.map((line) => ('event' in line ? line.event : 'invalid'))).toEqual(
            lines.map((line) =>
              Buffer.isBuffer(line)
                ? 'invalid'
                : (JSON.parse(JSON.stringify(line), withLongNumbersAsText) as unknown)
            )
          )
        }
      ),
      { numRuns: RUNS }
    ))
})

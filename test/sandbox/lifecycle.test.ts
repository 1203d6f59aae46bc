import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { startSandbox } from '../../src/sandbox'
import { authorize, created, customEvent, newCredentials, newMerchant, newSandbox } from './call'

const portOf = ({ url }: { url: string }) => Number(new URL(url).port)

describe('A sandbox', () => {
  it('listens on a free port of one address of this machine, which no other machine reaches', async () => {
    const [one, other] = [await newSandbox(), await newSandbox()]

    for (const { url } of [one, other]) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(portOf(one)).not.toBe(portOf(other))
    // What listens on every address would be reached here too.
    await expect(fetch(`http://127.0.0.2:${portOf(one)}/`)).rejects.toThrow('fetch failed')
  })

  it('listens on the port that it is told', async () => {
    const before = await startSandbox()
    await before.close()

    const sandbox = await newSandbox({ port: portOf(before) })

    expect(sandbox.url).toBe(before.url)
    const { post } = await newMerchant(sandbox)
    expect(await post('/v1/event/custom', customEvent)).toEqual({ status: 201, body: created })
  })

  it('listens on the address that it is told', async () => {
    const sandbox = await newSandbox({ host: 'localhost' })

    expect(sandbox.url).toMatch(/^http:\/\/localhost:[1-9]\d*$/)
    expect(await authorize(sandbox, newCredentials())).toMatchObject({ status: 200 })
  })

  it('does not start on a port that is in use', async () => {
    const sandbox = await newSandbox()

    await expect(startSandbox({ port: portOf(sandbox) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(await authorize(sandbox, newCredentials())).toMatchObject({ status: 200 })
  })

  it('shares nothing with another', async () => {
    const [one, other] = [await newSandbox(), await newSandbox()]
    const credentials = newCredentials()
    const merchant = await newMerchant(one, credentials)
    await merchant.post('/v1/customer', { customerId: 'c-1', email: 'ada@example.com', loyaltyStatus: 'in' })

    expect(other.records).toEqual([])
    expect(await (await newMerchant(other, credentials)).get('/v1/customers', { id: 'c-1' })).toMatchObject({
      status: 404
    })
  })

  it('is not reached after it was closed, and keeps its records', async () => {
    const sandbox = await startSandbox()
    const { post } = await newMerchant(sandbox)
    await post('/v1/event/custom', customEvent)

    await sandbox.close()

    await expect(post('/v1/event/custom', customEvent)).rejects.toThrow('fetch failed')
    expect(sandbox.records.map(({ status }) => status)).toEqual([200, 201])
  })

  it('closes connections that wait for a call, and those in the middle of one', async () => {
    const sandbox = await startSandbox()
    const waiting = connect(portOf(sandbox), '127.0.0.1')
    const calling = connect(portOf(sandbox), '127.0.0.1')
    await Promise.all([once(waiting, 'connect'), once(calling, 'connect')])
    const closed = [waiting, calling].map(
      (connection) => new Promise((resolve) => connection.on('error', () => undefined).on('close', resolve))
    )
    waiting.write('GET /v1/unknown HTTP/1.1\r\nHost: localhost\r\n\r\n')
    calling.write('POST /v1/event/custom HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"email":')
    await once(waiting, 'data')

    await sandbox.close()

    await Promise.all(closed)
    expect(sandbox.records.map(({ path }) => path)).toEqual(['/v1/unknown'])
  })

  it('does not wait for an answer that is late when it closes', async () => {
    const arrived = new EventEmitter()
    const random = () => {
      arrived.emit('call')
      return 0
    }
    const sandbox = await startSandbox({ random })
    sandbox.injectFault({ latencyMs: 60_000 })
    const call = once(arrived, 'call')
    const failure = expect(authorize(sandbox, newCredentials())).rejects.toThrow('fetch failed')
    await call

    await sandbox.close()

    await failure
    expect(sandbox.records).toEqual([])
  })

  it('processes no call that was waiting when it closed', async () => {
    const sandbox = await newSandbox()
    sandbox.injectFault({ latencyMs: 20 })
    const waiting = authorize(sandbox, newCredentials())
    await sandbox.close()
    await expect(waiting).rejects.toThrow()
    const later = await newSandbox()
    later.injectFault({ latencyMs: 40 })
    await authorize(later, newCredentials())
    expect(sandbox.records.filter(({ status }) => status !== undefined)).toEqual([])
  })

  it('can be closed twice, at once or later', async () => {
    const sandbox = await startSandbox()

    await Promise.all([sandbox.close(), sandbox.close()])
    await expect(sandbox.close()).resolves.toBeUndefined()
  })
})

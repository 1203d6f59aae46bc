import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What goes wrong between a client and MAPI. */
export interface RelayFault {
  /** Resets the connection in place of passing on a request that begins like one of these. */
  resetOn?: readonly string[]
  /** Whether that happens once for each of them. Default: every time. */
  once?: boolean
  /** Changes what MAPI answers. */
  rewrite?: (answer: string) => string
}

/** A relay in front of MAPI. */
export interface Relay {
  url: string
  /** Ends the fault. */
  mend: () => void
  close: () => Promise<void>
}

/** Starts a relay in front of a sandbox: for what befalls a connection without MAPI's doing. */
export const startRelay = async (mapiUrl: string, fault: RelayFault): Promise<Relay> => {
  const { hostname, port } = new URL(mapiUrl)
  const sockets = new Set<Socket>()
  let { rewrite } = fault
  const resetOn = new Set(fault.resetOn)
  const isHit = (data: Buffer) => {
    const beginning = [...resetOn].find((text) => data.toString().startsWith(text))
    if (beginning !== undefined && fault.once) resetOn.delete(beginning)
    return beginning !== undefined
  }

  const server = createServer((client) => {
    const mapi = connect(Number(port), hostname)
    for (const socket of [client, mapi]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.on('close', () => mapi.destroy())
    mapi.on('close', () => client.destroy())
    client.on('data', (data) => {
      if (isHit(data)) client.resetAndDestroy()
      else mapi.write(data)
    })
    mapi.on('data', (data) => client.write(rewrite ? rewrite(data.toString()) : data))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mend: () => {
      resetOn.clear()
      rewrite = undefined
    },
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    }
  }
}

import { createServer, type Socket, connect as tcpConnect } from 'node:net'

/**
 * What happens to the vendor's answers: `lost` swallowed from then on · `late` held back until long after every
 * deadline · `doubled` each sent twice · `cut` half of one, then the connection closes · `garbled` bytes turned over.
 */
export const FAULTS = ['lost', 'late', 'doubled', 'cut', 'garbled'] as const
export type Fault = (typeof FAULTS)[number]

export interface FaultPlan {
  readonly fault: Fault
  /** How many chunks of answers of a connection pass before the fault begins. */
  readonly afterChunks: number
}

export interface FaultProxy {
  readonly port: number
  /** The most chunks of answers that one connection has had so far. */
  answers(): number
  /** All that clients sent, on every connection. */
  sent(): Buffer
  stop(): Promise<void>
}

const LATE_MILLISECONDS = 2000

/** A TCP proxy on 127.0.0.1 between a real client and a real server that does to answers what networks do. */
export async function startFaultProxy(
  upstream: { host: string; port: number },
  plan: FaultPlan | undefined,
): Promise<FaultProxy> {
  let most = 0
  const requests: Buffer[] = []
  const open = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()

  const server = createServer((client) => {
    const vendor = tcpConnect(upstream)
    let chunks = 0
    for (const socket of [client, vendor]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        const other = socket === client ? vendor : client
        // An answer that is lost or late is so for good: the other side is not told.
        if (socket === client || (plan?.fault !== 'lost' && plan?.fault !== 'late')) other.destroy()
      })
    }
    client.on('data', (chunk) => {
      requests.push(Buffer.from(chunk))
      vendor.write(chunk)
    })
    vendor.on('data', (chunk) => {
      const bytes = Buffer.from(chunk)
      most = Math.max(most, ++chunks)
      if (!plan || chunks <= plan.afterChunks) client.write(bytes)
      else spoil(plan.fault, bytes, client, vendor)
    })
  })

  function spoil(fault: Fault, chunk: Buffer, client: Socket, vendor: Socket): void {
    if (fault === 'doubled') client.write(Buffer.concat([chunk, chunk]))
    if (fault === 'garbled')
      client.write(Buffer.from(chunk.map((byte, i) => (i % 3 === 0 ? byte ^ 0x5a : byte))))
    if (fault === 'cut') {
      client.end(chunk.subarray(0, chunk.length >> 1))
      vendor.destroy()
    }
    if (fault === 'late') {
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (client.writable) client.write(chunk)
      }, LATE_MILLISECONDS)
      timers.add(timer)
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    answers: () => most,
    sent: () => Buffer.concat(requests),
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

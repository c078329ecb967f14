import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on 127.0.0.1 that can hold the server's answers on one connection, for as long as a test needs. */
export interface Gate {
  readonly port: number
  /** Holds what the server says on the first connection whose client sends this text, from that moment on. */
  hold(text: string): { readonly held: Promise<void>; release(): void }
  stop(): Promise<void>
}

export async function startGate(upstream: { host: string; port: number }): Promise<Gate> {
  const open = new Set<Socket>()
  let wanted: { text: string; reached: () => void; released: Promise<void> } | undefined

  const server = createServer((client) => {
    const vendor = connect(upstream)
    for (const socket of [client, vendor]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        vendor.destroy()
      })
    }
    let held: Promise<void> | undefined
    client.on('data', (chunk) => {
      if (wanted && chunk.includes(wanted.text)) {
        held = wanted.released
        const { reached } = wanted
        wanted = undefined
        // Not before the server has done it: its answer is what is held.
        vendor.once('data', reached)
      }
      vendor.write(chunk)
    })
    vendor.on('data', (chunk) => {
      if (held) void held.then(() => client.writable && client.write(chunk))
      else client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    hold(text) {
      const released = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      wanted = { text, reached: reached.resolve, released: released.promise }
      return { held: reached.promise, release: released.resolve }
    },
    async stop() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

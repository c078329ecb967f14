import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { LocalError } from '../usage-error.ts'
import type { Way } from './destinations.ts'

/** A way as the first process inside is told of it: it listens there, and hands each connection to this socket. */
export interface OpenWay {
  readonly address: string
  readonly port: number
  readonly socket: string
}

export interface OpenWays extends Disposable {
  readonly ways: readonly OpenWay[]
}

/**
 * The outer ends of the ways: a socket in the run's directory for each, which leads to its one destination. Whoever
 * connects says nothing about where to.
 *
 * @throws LocalError when a socket cannot be made
 */
export async function openWays(ways: readonly Way[], directory: string): Promise<OpenWays> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const close = () => {
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  }
  const open = async ({ address, port, to }: Way, at: number): Promise<OpenWay> => {
    const socket = join(directory, `way-${at}.sock`)
    const server = createServer({ allowHalfOpen: true }, (near) =>
      joinEnds(near, connect({ ...to, allowHalfOpen: true }), sockets),
    )
    servers.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socket, resolve)
    })
    server.unref()
    return { address, port, socket }
  }
  try {
    return { ways: await Promise.all(ways.map(open)), [Symbol.dispose]: close }
  } catch {
    close()
    throw new LocalError('The ways out of the sandbox cannot be opened.', {
      advice: 'The temporary directory may have too long a name: set TMPDIR to a shorter one.',
    })
  }
}

/** What ends one end, ends the other; what one has said to the end, the other hears to the end. */
function joinEnds(near: Socket, far: Socket, sockets: Set<Socket>): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    sockets.add(one)
    one.on('error', () => other.destroy())
    one.once('close', () => {
      sockets.delete(one)
      if (one.destroyed && !one.readableEnded) other.destroy()
    })
    one.pipe(other)
  }
}

import type { AddressInfo, Server } from 'node:net'
import { LIMITS } from '@credbroker/core/limits'
import { serve } from '@hono/node-server'
import { StartupError } from './postgres/startup-error.ts'

/** What answers requests: a Hono app has this method. */
export interface Fetcher {
  /** `env`: the socket's, where there is one. */
  fetch(request: Request, env?: object): Response | Promise<Response>
}

export interface Listener {
  readonly port: number
  /** Takes no new connections, lets running requests finish for a moment, then cuts. */
  stop(): Promise<void>
}

const DRAIN_MS = 3000

/** Whoever sends slowly is hung up on. */
export interface Patience {
  readonly headersTimeout: number
  /** Body included. */
  readonly requestTimeout: number
  /** How often it is looked. */
  readonly connectionsCheckingInterval: number
}
const PATIENCE: Patience = {
  headersTimeout: 30_000,
  requestTimeout: LIMITS.requestSeconds * 1000,
  connectionsCheckingInterval: 5000,
}

/**
 * Of `127.0.0.1` both halves of `localhost` are taken, on machines that have both: a browser may try `[::1]` first, and
 * whoever listened there would be at our name. @throws StartupError when the port is taken or may not be used.
 */
export async function listenHttp(
  app: Fetcher,
  host: string,
  port: number,
  patience: Patience = PATIENCE,
): Promise<Listener> {
  const first = await listenAt(app, host, port, patience)
  if (host !== '127.0.0.1') return first
  const second = await listenAt(app, '::1', first.port, patience).catch(
    async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return undefined
      await first.stop()
      throw error
    },
  )
  return {
    port: first.port,
    stop: async () => {
      await Promise.all([first.stop(), second?.stop()])
    },
  }
}

function listenAt(app: Fetcher, host: string, port: number, patience: Patience): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({
      fetch: (request, env) => app.fetch(request, env),
      hostname: host,
      port,
      serverOptions: { ...patience },
    }) as unknown as Server & {
      closeAllConnections(): void
      closeIdleConnections(): void
    }
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)))
    server.once('listening', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        stop: () =>
          new Promise((stopped) => {
            const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
            server.close(() => {
              clearTimeout(cut)
              stopped()
            })
            server.closeIdleConnections()
          }),
      }),
    )
  })
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new StartupError(
      'port_taken',
      `Port ${port} on ${host} is taken.`,
      'End what listens there, or choose another with --port or PORT.',
    )
  }
  if (error.code === 'EACCES') {
    return new StartupError(
      'port_taken',
      `Port ${port} may not be used by this user.`,
      'Choose one above 1023 with --port or PORT.',
    )
  }
  return error
}

import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { Authority } from './authority.ts'
import type { Asked } from './read-call.ts'
import type { Answering } from './refusal.ts'
import type { Site } from './site.ts'

/** Ends the TLS of tunnels to one host, and speaks HTTP/2 and HTTP/1.1 inside. */
export interface TlsSite {
  /** The bytes after the `CONNECT` of a tunnel. */
  take(socket: Socket): void
  close(): void
}

export async function tlsSite(
  site: Site,
  authority: Authority,
  answer: (request: Asked, response: Answering) => void,
): Promise<TlsSite> {
  const { createSecureServer } = await import('node:http2')
  const server = createSecureServer(
    {
      ...(await authority.leaf(site.host)),
      allowHTTP1: true,
      minVersion: 'TLSv1.2',
      // Whoever asks for another name than that of the tunnel gets no answer at all.
      SNICallback: (name, done) => done(name.toLowerCase() === site.host ? null : new Error('another host')),
    },
    answer,
  )
  for (const event of ['tlsClientError', 'sessionError', 'clientError'] as const)
    server.on(event, (_error: Error, socket: unknown) => {
      if (event !== 'sessionError') (socket as Socket | undefined)?.destroy()
    })
  // A socket that is destroyed below its TLS while HTTP/2 streams run on it takes the process with it: from the top down.
  const layers = new Set<{ destroy(): void }>()
  const keep = (layer: Socket | ServerHttp2Session) => {
    layers.add(layer)
    layer.once('close', () => layers.delete(layer))
  }
  const shaking = new Map<number | undefined, Socket>()
  server.on('session', keep)
  server.on('secureConnection', (socket) => {
    shaking.delete(socket.remotePort)
    keep(socket)
  })
  return {
    take: (socket) => {
      shaking.set(socket.remotePort, socket)
      socket.once('close', () => shaking.delete(socket.remotePort))
      // Else a client that hangs up leaves its HTTP/2 streams open, and what it asked for is still made when approved.
      socket.allowHalfOpen = false
      server.emit('connection', socket)
    },
    close: () => {
      server.close()
      for (const layer of [...layers].reverse()) layer.destroy()
      for (const socket of shaking.values()) socket.destroy()
    },
  }
}

import { connect, type Socket } from 'node:net'

/** A connected socket that keeps its host name, which `postgres` wants for the server name of TLS. */
export async function connectSocket(host: string, port: number, timeoutMs: number): Promise<Socket> {
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host)
  const limit = setTimeout(() => socket.destroy(new Error('the database did not answer in time')), timeoutMs)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    socket.removeAllListeners('error')
  } finally {
    clearTimeout(limit)
  }
  return Object.assign(socket, { host, port })
}

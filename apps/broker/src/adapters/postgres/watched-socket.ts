import { Socket } from 'node:net'

const looks = 5

/**
 * A connection that gives up on a silent server. Without it a query sent to a host that vanished, or to a server
 * that is stopped, waits until TCP does: a quarter of an hour, with its place in the pool.
 *
 * @param silenceSeconds how long nothing may arrive; 0: for ever. Longer than the server's statement timeout, which ends a slow
 *   statement politely, and than the pool's idle timeout, so that only a connection that waits for an answer is cut
 */
export function watchedSocket(
  where: { readonly path: string } | { readonly host: string; readonly port: number },
  silenceSeconds: number,
): Socket {
  const socket = new Socket()
  // Later, so that a connection that fails at once finds the driver listening.
  setImmediate(() => socket.connect(where))
  // The driver reads from here which name the certificate must have.
  if ('host' in where) Object.assign(socket, where)
  if (silenceSeconds === 0) return socket
  let received = 0
  let silentLooks = 0
  const timer = setInterval(
    () => {
      silentLooks = socket.bytesRead === received ? silentLooks + 1 : 0
      received = socket.bytesRead
      if (silentLooks < looks) return
      socket.destroy(Object.assign(new Error('the database is silent'), { code: 'ETIMEDOUT' }))
    },
    (silenceSeconds * 1000) / looks,
  )
  timer.unref()
  return socket.once('close', () => clearInterval(timer))
}

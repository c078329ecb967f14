import type { Socket } from 'node:net'

const MOST = 256 * 1024
const PATIENCE_MS = 60_000

/** The first line that comes, without its end. @throws Error when none comes, or one without end */
export async function readLine(socket: Socket, most = MOST): Promise<string> {
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const failed = () => reject(new Error('no line came'))
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.on('error', failed)
    socket.on('close', failed)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      const end = chunk.indexOf(10)
      if (end >= 0)
        resolve(
          Buffer.concat(chunks)
            .subarray(0, size - chunk.length + end)
            .toString(),
        )
      else if (size > most) socket.destroy()
    })
  })
}

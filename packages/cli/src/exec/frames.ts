import { once } from 'node:events'
import type { Socket } from 'node:net'

/** Pieces of one answer over a socket: what was asked of a person, the head, data, the end; or a problem. */
export type FrameKind = 'asked' | 'head' | 'data' | 'end' | 'problem'

const KINDS: readonly FrameKind[] = ['asked', 'head', 'data', 'end', 'problem']
const HEADER = 5
const MOST = 64 * 1024 * 1024

/** Ready when there is room for more. */
export async function writeFrame(
  socket: Socket,
  kind: FrameKind,
  payload: Uint8Array | object = {},
): Promise<void> {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  const header = Buffer.alloc(HEADER)
  header.writeUInt8(KINDS.indexOf(kind))
  header.writeUInt32BE(bytes.byteLength, 1)
  socket.write(header)
  if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
}

/** Until the other side has ended or closed: whether all came is told by `end` alone. @throws Error */
export async function* readFrames(
  socket: Socket,
): AsyncGenerator<{ readonly kind: FrameKind; readonly payload: Buffer }> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    held = Buffer.concat([held, chunk])
    while (held.length >= HEADER) {
      const [kind, size] = [KINDS[held.readUInt8()], held.readUInt32BE(1)]
      if (kind === undefined || size > MOST) throw new Error('not a frame')
      if (held.length < HEADER + size) break
      yield { kind, payload: held.subarray(HEADER, HEADER + size) }
      held = held.subarray(HEADER + size)
    }
  }
}

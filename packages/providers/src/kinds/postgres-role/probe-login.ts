import { once } from 'node:events'
import type { VendorIo } from '../../provider.ts'
import type { Root } from './root.ts'
import { openSocket } from './socket.ts'

/** What the server asks of a role like those we mint, before it lets them in. */
export type Demand = 'scram' | 'nothing' | 'password' | 'refused'

const METHODS: Record<number, Demand> = { 0: 'nothing', 3: 'password', 5: 'password', 10: 'scram' }

/** Knocks as a role that does not exist, and hangs up at the server's first word. PostgreSQL protocol §54.2.1. */
export async function probeLogin(root: Root, user: string, io: VendorIo): Promise<Demand> {
  const socket = await openSocket(root, io)
  try {
    const parameters = Buffer.from(`user\0${user}\0database\0${root.database}\0\0`)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(head.length + parameters.length, 0)
    head.writeUInt32BE(196_608, 4)
    socket.write(Buffer.concat([head, parameters]))
    const [answer] = (await once(socket, 'data', { signal: io.signal })) as [Buffer]
    if (answer[0] !== 0x52 || answer.length < 9) return 'refused'
    return METHODS[answer.readUInt32BE(5)] ?? 'refused'
  } finally {
    socket.destroy()
  }
}

import { once } from 'node:events'
import { Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Cli } from '../cli.ts'
import { serverOf } from './server.ts'
import type { Desk } from './tool.ts'

/** The longest message. */
const MOST_BYTES = 4 * 1024 * 1024

/** Serves until the client closes its end, or somebody ends us. Standard output is the protocol's alone. */
export async function serveOverStdio(
  { stdin, outBytes }: Pick<Cli, 'stdin' | 'outBytes'>,
  desk: Desk,
  stopped: Promise<unknown>,
): Promise<void> {
  const out = new Writable({
    write: (chunk, _encoding, done) => void outBytes(chunk).then(() => done(), done),
  })
  out.on('error', () => stdin.destroy())
  const transport = new StdioServerTransport(stdin, out, { maxBufferSize: MOST_BYTES })
  const handle = serveStdio(serverOf(desk), { transport })
  const gone = ['end', 'close', 'error'].map((event) => once(stdin, event).catch(() => {}))
  await Promise.race([...gone, stopped])
  await handle.close()
}

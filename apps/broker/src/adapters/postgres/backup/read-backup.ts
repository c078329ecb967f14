import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { BrokerError } from '@credbroker/core/errors'
import { type BackupHeader, END_OF_TABLE, header, trailer } from './format.ts'

/** More than any row of the broker; a file that is something else must not fill the memory. */
const MOST_LINE_BYTES = 64 * 1024 * 1024
const NEWLINE = 0x0a

/** One reading of a backup, from its first line to its last. */
export interface BackupReader {
  readonly header: BackupHeader
  /** The rows of the next table, as `COPY … FROM STDIN` takes them. */
  rows(): AsyncGenerator<Buffer>
  /** @throws BrokerError `config_invalid` unless the backup ends here, with as many rows as were read */
  end(): Promise<{ rows: number }>
}

/** @throws BrokerError `config_invalid` for what is no backup, an incomplete one or one of another form */
export async function readBackup(from: Readable): Promise<BackupReader> {
  const lines = linesOf(from)
  const next = async (): Promise<Buffer> => {
    const { value, done } = await lines.next()
    if (done) throw refused('ends too early: it was cut off')
    return value
  }
  const first = header.safeParse(parsed(await next()))
  if (!first.success) throw refused('is no backup that this version of the broker can read')
  let read = 0
  return {
    header: first.data,
    async *rows() {
      for (;;) {
        const line = await next()
        if (line.length === END_OF_TABLE.length && line.toString('latin1') === END_OF_TABLE) return
        read += 1
        yield Buffer.concat([line, Buffer.of(NEWLINE)])
      }
    },
    async end() {
      const last = trailer.safeParse(parsed(await next()))
      if (!last.success || last.data.rows !== read || !(await lines.next()).done)
        throw refused('is not what `broker backup` wrote: its rows are not as many as it says')
      return { rows: read }
    },
  }
}

async function* linesOf(from: Readable): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  from.once('error', (error) => gunzip.destroy(error))
  let rest: Buffer[] = []
  let waiting = 0
  try {
    for await (const chunk of from.pipe(gunzip) as AsyncIterable<Buffer>) {
      let start = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        yield Buffer.concat([...rest, chunk.subarray(start, at)])
        rest = []
        waiting = 0
        start = at + 1
      }
      rest.push(chunk.subarray(start))
      waiting += chunk.length - start
      if (waiting > MOST_LINE_BYTES) throw refused('holds a line that no backup has')
    }
  } catch (error) {
    if (error instanceof BrokerError) throw error
    throw refused('cannot be read to its end: it is cut off, damaged, or no backup')
  }
  if (waiting > 0) throw refused('ends too early: it was cut off')
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

const refused = (message: string) =>
  new BrokerError('config_invalid', { problems: [{ at: 'backup', message }] })

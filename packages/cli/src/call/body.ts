import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Cli } from '../cli.ts'
import { LocalError, UsageError } from '../usage-error.ts'

/** What `--data` says: a text, `@file`, or `-` for standard input. */
export async function bodyOf(
  { stdin, cwd }: Pick<Cli, 'stdin' | 'cwd'>,
  data: string | undefined,
): Promise<Buffer<ArrayBuffer> | undefined> {
  if (data === undefined) return undefined
  if (data === '-') {
    const chunks: Buffer[] = []
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks)
  }
  if (!data.startsWith('@')) return Buffer.from(data)
  return await readFile(resolve(cwd, data.slice(1))).then(
    (bytes) => Buffer.from(bytes),
    () => {
      throw new LocalError('The file of --data cannot be read.')
    },
  )
}

/** What `--header` says, and JSON where the body is JSON and nobody says what it is. */
export function headersOf(given: readonly string[] = [], body?: Uint8Array): Record<string, string> {
  const headers = new Headers()
  for (const line of given) {
    const [, name, value] = /^([A-Za-z0-9-]+):[ \t]*([\x20-\x7e]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw new UsageError('A header is written `Name: value`.')
    headers.append(name, value)
  }
  if (body && !headers.has('content-type') && isJson(body)) headers.set('content-type', 'application/json')
  return Object.fromEntries(headers)
}

function isJson(body: Uint8Array): boolean {
  try {
    return typeof JSON.parse(Buffer.from(body).toString()) === 'object'
  } catch {
    return false
  }
}

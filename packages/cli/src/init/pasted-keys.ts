import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'jsonc-parser'
import { z } from 'zod'
import { printable } from '../render/printable.ts'

/** Where a key lies in a list of MCP servers. Names only. */
export interface PastedKey {
  readonly file: string
  readonly server: string
  readonly variable: string
}

const servers = z.object({
  mcpServers: z.record(
    z.string(),
    z.object({
      env: z.record(z.string(), z.unknown()).optional(),
      headers: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})

/** By its name: what a value looks like differs from vendor to vendor. A reference (`${TOKEN}`) is none. */
const KEYS = /(key|token|secret|password|authorization|credential)/i

export async function pastedKeys(cwd: string, file: string): Promise<PastedKey[]> {
  const text = await readFile(join(cwd, file), 'utf8').catch(() => '{}')
  const read = servers.safeParse(parse(text)).data?.mcpServers ?? {}
  return Object.entries(read).flatMap(([server, { env = {}, headers = {} }]) =>
    Object.entries({ ...env, ...headers })
      .filter(
        ([variable, value]) =>
          KEYS.test(variable) && typeof value === 'string' && !/^$|^(\w+ )?\$\{/.test(value),
      )
      .map(([variable]) => ({ file, server: printable(server), variable: printable(variable) })),
  )
}

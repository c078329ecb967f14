import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newOpaque } from '@credbroker/core/opaque'
import { type Cli, EXIT } from '../cli.ts'
import { writePrivateFile } from '../local/private-file.ts'
import { deskOf } from '../mcp/desk.ts'
import type { Desk } from '../mcp/tool.ts'
import { profileDirectory } from '../profile.ts'
import { answer } from '../render/answer.ts'
import { UsageError } from '../usage-error.ts'

interface Options {
  readonly http?: boolean
  readonly port?: number
}

/** Over HTTP no connection says that a client has gone. */
const IDLE_MS = 10 * 60 * 1000

export async function run(cli: Cli, { http, port }: Options): Promise<number> {
  if (!http && port !== undefined) throw new UsageError('--port belongs to --http.')
  using signals = untilSignal()
  const desk = deskOf(cli, http ? IDLE_MS : undefined)
  await using _tasks = desk.tasks
  if (http) await overHttp(cli, desk, port ?? 0, signals.came)
  else {
    const { serveOverStdio } = await import('../mcp/stdio.ts')
    await serveOverStdio(cli, desk, signals.came)
  }
  return EXIT.ok
}

async function overHttp(cli: Cli, desk: Desk, port: number, stopped: Promise<void>) {
  const { serveOverHttp } = await import('../mcp/http.ts')
  const secret = newOpaque('run', cli.random)
  await using server = await serveOverHttp(desk, secret, port)
  const file = secretFile(cli, server.url)
  await writePrivateFile(file, `${secret}\n`)
  try {
    answer(
      cli,
      { url: server.url, secret_file: file },
      () => `serving MCP at ${server.url}\nits secret, for \`Authorization: Bearer\`, is in ${file}\n`,
    )
    await stopped
  } finally {
    await rm(file, { force: true })
  }
}

const secretFile = ({ env }: Cli, url: string): string =>
  join(dirname(profileDirectory(env)), 'mcp', `${new URL(url).port}.secret`)

function untilSignal(): Disposable & { readonly came: Promise<void> } {
  const { promise: came, resolve: end } = Promise.withResolvers<void>()
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, end)
  return {
    came,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, end)
    },
  }
}

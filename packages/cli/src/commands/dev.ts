import type { Cli } from '../cli.ts'

interface Options {
  readonly port?: number
  readonly state?: string
  readonly exitWithParent?: boolean
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { dev } = await import('@credbroker/broker/main')
  return await dev({
    json: cli.json,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.state !== undefined && { stateDir: options.state }),
    ...(options.exitWithParent && { exitWithParent: true }),
  })
}

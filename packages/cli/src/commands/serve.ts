import type { Cli } from '../cli.ts'

export async function run(cli: Cli, options: { config?: string }): Promise<number> {
  const { serve } = await import('@credbroker/broker/main')
  const { json, out: print } = cli
  return await serve({ json, print, ...(options.config !== undefined && { configFile: options.config }) })
}

import type { Cli } from '../cli.ts'

export async function run(cli: Cli, options: { config?: string }): Promise<number> {
  const { serve } = await import('@credbroker/broker/main')
  return await serve({ json: cli.json, ...(options.config !== undefined && { configFile: options.config }) })
}

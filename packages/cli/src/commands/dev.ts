import { resolve } from 'node:path'
import { type Cli, EXIT } from '../cli.ts'
import { devProfile } from '../local/dev-profile.ts'
import { stateDirectory } from '../local/state-directory.ts'

interface Options {
  readonly port?: number
  readonly state?: string
  /** The parent's id where it is known: it may have ended while this process was being started. */
  readonly exitWithParent?: true | number
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { exitWithParent } = options
  if (typeof exitWithParent === 'number' && process.ppid !== exitWithParent) return EXIT.failed
  const stateDir = options.state === undefined ? undefined : resolve(cli.cwd, options.state)
  const { dev } = await import('@credbroker/broker/main')
  return await dev({
    json: cli.json,
    print: cli.out,
    saveProfile: devProfile(cli, stateDir ?? stateDirectory(cli.env)),
    ...(options.port !== undefined && { port: options.port }),
    ...(stateDir !== undefined && { stateDir }),
    ...(exitWithParent !== undefined && { exitWithParent: true }),
  })
}

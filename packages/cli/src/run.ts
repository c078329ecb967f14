import type { CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { type Cli, EXIT } from './cli.ts'
import { reportError } from './render/report.ts'
import { refuseSecretArguments } from './secret-arguments.ts'

/** What a run may use of the outside world: a {@link Cli} before anything was parsed. */
export type World = Omit<Cli, 'json' | 'url' | 'profile'>

/**
 * Runs one command line, without the program's own name.
 *
 * @returns the exit code; never throws
 */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    world.out(`${manifest.version}\n`)
    return EXIT.ok
  }
  const ours = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const io = { ...world, json: ours.includes('--json') }
  try {
    refuseSecretArguments(args)
    return await parseAndRun(args, world)
  } catch (error) {
    return reportError(io, error)
  }
}

async function parseAndRun(args: readonly string[], world: World): Promise<number> {
  const { buildProgram, usageOf } = await import('./program.ts')
  let code: number = EXIT.ok
  const start: Parameters<typeof buildProgram>[2] = async (_spec, { json, url, profile }, run) => {
    code = await run({
      ...world,
      json,
      interactive: world.interactive && !json,
      ...(url !== undefined && { url }),
      ...(profile !== undefined && { profile }),
    })
  }
  const program = buildProgram(manifest.version, world, start, args[0])
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (!isCommanderError(error)) throw error
    const usage = usageOf(error, commandWords(program, args))
    if (usage) throw usage
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
}

const isCommanderError = (error: unknown): error is CommanderError =>
  error instanceof Error && String((error as CommanderError).code).startsWith('commander.')

interface Named {
  name(): string
  readonly commands: readonly Named[]
}

/** The known command words that a line starts with, for the advice which help to read. */
function commandWords(program: Named, args: readonly string[]): string {
  const words: string[] = []
  let at: Named | undefined = program
  for (const arg of args.filter((candidate) => !candidate.startsWith('-'))) {
    at = at?.commands.find((command) => command.name() === arg)
    if (at === undefined) break
    words.push(arg)
  }
  return words.join(' ')
}

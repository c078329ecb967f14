import { parseDuration } from '@credbroker/core/duration'
import { Argument, Command, type CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Cli } from './cli.ts'
import { COMMANDS } from './tree/commands.ts'
import { COMMON, type CommandSpec, GROUPS, type OptionSpec } from './tree/spec.ts'
import { UsageError } from './usage-error.ts'

/**
 * The parser made from {@link COMMANDS}. `start` runs what was parsed; `write` takes help texts. Where `word`, the first of
 * the line, is a command's, only what begins with it is made: making them all takes longer than many a command.
 */
export function buildProgram(
  version: string,
  write: Writers,
  start: (spec: CommandSpec, common: CommonOptions, run: (cli: Cli) => Promise<number>) => Promise<void>,
  word?: string,
): Command {
  const program = new Command('broker')
    .description(
      'Credentials for AI agents that are bound to one task and one environment, and live minutes.',
    )
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
  addOptions(program, COMMON)
  const asked = COMMANDS.filter(({ path }) => path.split(' ')[0] === word)
  for (const spec of asked.length > 0 ? asked : COMMANDS) {
    const words = spec.path.split(' ')
    const parent = words.length > 1 ? group(program, words[0] as string) : program
    const command = new Command(words.at(-1)).description([spec.summary, ...(spec.notes ?? [])].join('\n'))
    command.summary(spec.summary)
    for (const argument of spec.args?.split(' ') ?? []) command.addArgument(new Argument(argument))
    addOptions(command, [...(spec.options ?? []), ...COMMON])
    command.addHelpText('after', `\nExample:\n  $ broker ${spec.example}`)
    if (spec.passThrough) command.passThroughOptions()
    command.action(async (...called: unknown[]) => {
      const { json, url, profile, ...options } = command.optsWithGlobals()
      const args = called.slice(0, -2)
      await start(spec, { json: json === true, url, profile }, async (cli) => {
        const { run } = await spec.load()
        return run(cli, options, ...args)
      })
    })
    parent.addCommand(command, { isDefault: spec.byDefault ?? false })
  }
  harden(program, write)
  return program
}

type Writers = Pick<Cli, 'out' | 'err'>

export interface CommonOptions {
  readonly json: boolean
  readonly url: string | undefined
  readonly profile: string | undefined
}

function group(program: Command, word: string): Command {
  const existing = program.commands.find((command) => command.name() === word)
  if (existing) return existing
  const made = new Command(word).description(GROUPS[word] ?? '').enablePositionalOptions()
  addOptions(made, COMMON)
  program.addCommand(made)
  return made
}

function addOptions(command: Command, specs: readonly OptionSpec[]): void {
  for (const spec of specs) {
    const option = new Option(spec.flags, spec.text)
    if (spec.required) option.makeOptionMandatory()
    if (spec.choices) option.choices([...spec.choices])
    if (spec.parse) option.argParser(spec.parse === 'duration' ? seconds : integer)
    if (spec.hidden) option.hideHelp()
    command.addOption(option)
  }
}

/** Errors are thrown instead of ending the process, and named without ceremony. */
function harden(command: Command, write: Writers): void {
  command.exitOverride().showSuggestionAfterError(true)
  command.configureOutput({ writeOut: write.out, writeErr: write.err, outputError: () => {} })
  command.helpCommand(false)
  for (const child of command.commands) harden(child, write)
}

/** What commander throws, as ours. Undefined where it printed a help text and that was all. */
export function usageOf(error: CommanderError, helpFor: string): UsageError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined
  const text = error.message.replace(/^error: /, '').replace(/\n\(?(.*?)\)?$/, '. $1')
  const advice = ['broker', helpFor, '--help'].filter(Boolean).join(' ')
  return new UsageError(`${text.charAt(0).toUpperCase()}${text.slice(1)}`, advice)
}

function seconds(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw new InvalidArgumentError('Write a duration such as 15m, 8h or 900s.')
  return value
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}

import { basename } from 'node:path'
import { stripAmbient } from '../exec/ambient-env.ts'
import { type Edited, withItem, withValue } from './edit-json.ts'
import { standInFor, useOf } from './key-use.ts'
import type { ServerEntry } from './pasted-keys.ts'

/** How a server is to start from now on. */
export interface Run {
  readonly environment: string
  readonly scopes: readonly string[]
  /** A tool keeps its servers as long as it runs. */
  readonly ttl: string
  /** Of the agent, where it is not the one that `broker exec` takes by itself. */
  readonly profile: string | undefined
}

/** Why an entry is left as it is, and what a person can do. */
export interface Obstacle {
  readonly why: string
  readonly todo: string
}

/** What keeps a program from being started by `broker exec`, whatever its scopes are. */
export function obstacleTo({ remote, command, keys, strays }: ServerEntry): Obstacle | undefined {
  if (remote)
    return {
      why: 'the tool connects to that server itself, and `broker exec` gives credentials to programs only',
      todo: 'sign in there by the tool where it can, or have the tool take the key from its environment',
    }
  if (command === undefined)
    return { why: 'it is no plain entry of a program', todo: 'say each of command, args and env once' }
  if (strays) return { why: 'another secret lies in its entry', todo: 'take it out of there: a comment, say' }
  const program = basename(command)
  if (program === 'broker')
    return { why: 'it is started by `broker` already', todo: 'delete the key: what the run brings is enough' }
  if (/^(docker|podman|nerdctl)$/.test(program))
    return {
      why: 'what `broker exec` brings does not reach into a container',
      todo: 'start the server as a program of this machine',
    }
  const place = keys.find((key) => key.in !== 'env' && standInFor(key) !== 'postgresql://')
  return (
    place && {
      why: `it has a key in ${place.name}, where nothing can stand for it`,
      todo: 'give it by a variable, where the server reads one',
    }
  )
}

/** The entry as `broker exec` starts it. Its keys are masked before: the way back has none of them. */
export function rewritten(edited: Edited, entry: ServerEntry, run: Run): Edited {
  const { at, keys, variables } = entry
  const brought = new Set(keys.flatMap((key) => useOf(key)?.delivered ?? []))
  const gone = variables.filter((name) => brought.has(name))
  const kept = keys.filter((key) => key.in === 'env' && !brought.has(key.name))
  const before = execArgs(
    entry,
    run,
    kept.map(({ name }) => name),
  )
  let now = edited
  for (const key of keys)
    if (key.in === 'args' || kept.includes(key)) now = withValue(now, key.at, standInFor(key))
  if (gone.length > 0 && gone.length === variables.length) now = withValue(now, [...at, 'env'], undefined)
  else for (const name of gone) now = withValue(now, [...at, 'env', name], undefined)
  if (entry.hasArgs) for (const item of before.toReversed()) now = withItem(now, [...at, 'args', 0], item)
  else now = withValue(now, [...at, 'args'], before)
  return withValue(now, [...at, 'command'], 'broker')
}

/** Variables of the entry that hold no key, and that `broker exec` keeps from the program all the same. */
export const alsoWithheld = ({ variables, keys }: ServerEntry): readonly string[] =>
  stripAmbient(Object.fromEntries(variables.map((name) => [name, '']))).withheld.filter(
    (name) => !keys.some((key) => key.name === name || useOf(key)?.delivered.includes(name)),
  )

function execArgs(
  { name, command = '' }: ServerEntry,
  { environment, scopes, ttl, profile }: Run,
  kept: readonly string[],
): string[] {
  const purpose = `the MCP server ${name.replace(/[^\p{L}\p{N} ._@/-]/gu, '-').slice(0, 80)}`
  return [
    'exec',
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...['--env', environment, '--scope', ...scopes, '--ttl', ttl],
    ...(kept.length > 0 ? ['--keep-env', ...kept] : []),
    ...['--purpose', purpose, '--', command],
  ]
}

import type { Cli } from '../cli.ts'
import { quoted } from '../helpers/helper-program.ts'
import { UsageError } from '../usage-error.ts'
import { type Scope, serves, useOf } from './key-use.ts'
import { askScopes, type Known, notKnown } from './known-scopes.ts'
import type { ServerEntry } from './pasted-keys.ts'
import { type Obstacle, obstacleTo, type Run } from './rewrite-server.ts'

/** What whoever runs `broker init --tools` says of servers with pasted keys. */
export interface Wishes {
  /** The environment whose scopes count. */
  readonly env?: string
  /** `NAME=SCOPE[,SCOPE]`. */
  readonly server?: readonly string[]
  /** The profile of the agent that they run as. */
  readonly as?: string
  /** Nobody is asked: a server of a file that came from elsewhere gets nothing that nobody named. */
  readonly yes?: boolean
}

export type Chosen = ReadonlyMap<ServerEntry, Run | Obstacle>

/**
 * How each server with a key is to run, or why it is left. One that is not named gets a scope only where exactly one does what its
 * key did. @throws UsageError for a server or a scope that is not there
 */
export async function chooseRuns(cli: Cli, entries: readonly ServerEntry[], wishes: Wishes): Promise<Chosen> {
  const named = namedIn(wishes, entries)
  const obstacles = new Map(entries.map((entry) => [entry, obstacleTo(entry)]))
  const asking = [...obstacles.values()].includes(undefined)
  const known = asking ? await knownTo(cli, wishes) : undefined
  const chosen = new Map<ServerEntry, Run | Obstacle>()
  for (const [entry, obstacle] of obstacles) {
    if (obstacle) chosen.set(entry, obstacle)
    else if (known && 'scopes' in known) {
      const run = await choose(entry, known, named.get(entry.name))
      chosen.set(entry, wishes.yes && !named.has(entry.name) ? unasked(entry, run) : run)
    } else if (known) chosen.set(entry, { ...known, todo: [known.todo, moving(entry)].join(' ').trim() })
  }
  return chosen
}

const unasked = (entry: ServerEntry, run: Run | Obstacle): Obstacle =>
  'why' in run
    ? run
    : {
        why: 'with --yes only servers that are named start otherwise',
        todo: `For it there is ${run.scopes.join(', ')} in ${run.environment}: ${saying(entry, run.scopes)}`,
      }

/** What somebody asked for by name is not passed over in silence. */
const knownTo = (cli: Cli, { env, as, server = [] }: Wishes): Promise<Known | Obstacle> =>
  askScopes(cli, env, as).catch((error: unknown) => {
    if (server.length > 0 || as !== undefined) throw error
    return notKnown(error)
  })

function namedIn({ server = [] }: Wishes, entries: readonly ServerEntry[]): ReadonlyMap<string, string[]> {
  const named = new Map<string, string[]>()
  for (const text of server) {
    const [, name, scopes] = /^(.+)=([a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*)*)$/s.exec(text) ?? []
    if (name === undefined || scopes === undefined)
      throw new UsageError('--server is NAME=SCOPE, or NAME=SCOPE,SCOPE.')
    if (!entries.some((entry) => entry.name === name))
      throw new UsageError('--server names a server that has no pasted key here.')
    named.set(name, scopes.split(','))
  }
  return named
}

async function choose(
  entry: ServerEntry,
  known: Known,
  named: readonly string[] | undefined,
): Promise<Run | Obstacle> {
  const found = named ? await asNamed(entry, known, named) : await theOnlyOnes(entry, known)
  if ('why' in found) return found
  const [environment, ...more] = new Set(found.map((scope) => scope.environment))
  if (environment === undefined || more.length > 0)
    return { why: 'its scopes are of several environments', todo: 'Choose one: --env ENV.' }
  const { ttl, profile } = known
  return { environment, scopes: [...new Set(found.map(({ name }) => name))], ttl, profile }
}

async function asNamed(
  entry: ServerEntry,
  { agent, scopes, may }: Known,
  named: readonly string[],
): Promise<readonly Scope[] | Obstacle> {
  const found = named.map((name) => {
    const scope = scopes.find((one) => one.name === name)
    if (!scope) throw new UsageError(`There is no scope ${name} there.`, '`broker scope list` shows them.')
    return scope
  })
  const unserved = entry.keys.find((key) => !found.some((scope) => serves(scope, key)))
  if (unserved)
    return {
      why: `${named.join(', ')} cannot stand in for ${unserved.name}`,
      todo: `Name a scope ${useOf(unserved)?.wanted ?? 'of the gateway'} as well.`,
    }
  for (const scope of found)
    if (!(await may(scope)))
      return {
        why: `${agent} may not use ${scope.name}`,
        todo: `broker policy explain --agent ${agent} --scope ${scope.name}`,
      }
  return found
}

/** For each key the one scope that the agent has for it. */
async function theOnlyOnes(
  entry: ServerEntry,
  { agent, scopes, may }: Known,
): Promise<readonly Scope[] | Obstacle> {
  const chosen: Scope[] = []
  for (const key of entry.keys) {
    const use = useOf(key)
    if (!use)
      return {
        why: `nothing says what ${key.name} is for`,
        todo: `With a scope of the gateway: ${saying(entry)}`,
      }
    const fitting = scopes.filter(use.servedBy)
    const [only, ...more] = fitting.length > MOST_ASKED ? fitting : await allowed(fitting, may)
    if (!only) return { why: `${agent} has no scope ${use.wanted} there`, todo: moving(entry) }
    if (more.length > 0)
      return {
        why: `several scopes could stand in for ${key.name}: ${shown([only, ...more])}`,
        todo: `Say which: ${saying(entry)}`,
      }
    chosen.push(only)
  }
  return chosen
}

/** Where there are more than these, one is to be named. */
const MOST_ASKED = 20

async function allowed(scopes: readonly Scope[], may: Known['may']): Promise<Scope[]> {
  const verdicts = await Promise.all(scopes.map(may))
  return scopes.filter((_, at) => verdicts[at])
}

const MOST_SHOWN = 5
const shown = (scopes: readonly Scope[]): string =>
  [...scopes.slice(0, MOST_SHOWN).map(({ name }) => name), ...(scopes.length > MOST_SHOWN ? ['…'] : [])].join(
    ', ',
  )

const saying = ({ name }: ServerEntry, scopes: readonly string[] = ['SCOPE']): string =>
  `broker init --tools --server ${shellWord(`${name}=${scopes.join(',')}`)}`

/** As a shell reads it. */
export const shellWord = (word: string): string => (/^[\w.,/:@%+=-]+$/.test(word) ? word : quoted([word]))

const moving = (entry: ServerEntry): string =>
  `Keep the key in the broker, from a terminal of yours: broker root add NAME --provider KIND --owner USER < FILE. With a scope of it: ${saying(entry)}`

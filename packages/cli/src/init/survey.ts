import { readFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Cli } from '../cli.ts'
import { gitTreeOf } from '../local/git-tree.ts'
import { loadProfile, profileName } from '../profile.ts'

/** What is found where `broker init` runs. Names only: no value of a credential is read, let alone written. */
export interface Survey {
  /** The user who will own the example agent, as a name the broker takes. */
  readonly owner: string
  /** The broker knows this user already, because it is the profile's. */
  readonly ownerEnrolled: boolean
  readonly gitTree?: string
  /** Profiles of `~/.aws/config`, and their regions. */
  readonly awsProfiles: readonly { readonly name: string; readonly region?: string }[]
  /** A PostgreSQL is configured in this shell; its database where PGDATABASE says it. */
  readonly postgres?: { readonly database: string }
}

export async function survey(cli: Pick<Cli, 'env' | 'profile'>, directory: string): Promise<Survey> {
  const { env } = cli
  const profile = await loadProfile(env, profileName(env, cli.profile)).catch(() => undefined)
  const enrolled = profile?.principal.startsWith('user:')
    ? profile.principal.slice('user:'.length)
    : undefined
  const gitTree = await gitTreeOf(directory)
  return {
    owner: enrolled ?? asName(env['USER'] || env['LOGNAME'] || userName()),
    ownerEnrolled: enrolled !== undefined,
    ...(gitTree !== undefined && { gitTree }),
    awsProfiles: await awsProfiles(env),
    ...((env['PGHOST'] || env['PGDATABASE'] || /^postgres/.test(env['DATABASE_URL'] ?? '')) && {
      postgres: { database: /^[a-z_][a-z0-9_]{0,62}$/.exec(env['PGDATABASE'] ?? '')?.[0] ?? 'orders' },
    }),
  }
}

async function awsProfiles(env: Cli['env']): Promise<Survey['awsProfiles']> {
  const path = env['AWS_CONFIG_FILE'] || join(env['HOME'] || homedir(), '.aws', 'config')
  const text = await readFile(path, 'utf8').catch(() => '')
  return parseAwsConfig(text)
}

/** Names and regions only, and only those that can stand in a comment without doing anything else. */
export function parseAwsConfig(text: string): Survey['awsProfiles'] {
  return text
    .split(/^(?=\[)/m)
    .flatMap((section) => {
      const name = /^\[(?:profile\s+)?([\w.@-]{1,64})\]/.exec(section)?.[1]
      const region = /^\s*region\s*=\s*([a-z0-9-]{1,32})\s*$/m.exec(section)?.[1]
      return name === undefined ? [] : [{ name, ...(region !== undefined && { region }) }]
    })
    .slice(0, 5)
}

/** The nearest name that the broker takes: `Mia.Jones` → `mia-jones`. */
export function asName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return name === '' ? 'operator' : name
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A uid without an entry in the user database, as in many containers.
    return ''
  }
}

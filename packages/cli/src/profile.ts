import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Secret } from '@credbroker/core/secret'
import { gitTreeOf } from './local/git-tree.ts'
import { readPrivateFile, writePrivateFile } from './local/private-file.ts'
import { LocalError, UsageError } from './usage-error.ts'

/** Who this user is at one broker: an enrolled key that never leaves this machine. */
export interface Profile {
  readonly url: string
  readonly issuer: string
  /** `agent:NAME` or `user:NAME`. */
  readonly principal: `agent:${string}` | `user:${string}`
  /** The private JWK as JSON text. */
  readonly key: Secret
  /** RFC 3339: from then on the broker refuses the key. */
  readonly keyEndsAt: string
  /** Set where `broker dev` made it: the state directory of that broker. */
  readonly stateDir?: string
}

type Env = Readonly<Record<string, string | undefined>>

export const profileName = (env: Env, asked?: string): string => {
  const name = asked ?? (env['BROKER_PROFILE'] || 'default')
  if (!/^[a-z][a-z0-9-]{0,47}$/.test(name))
    throw new UsageError('A profile name is lower-case letters, digits and `-`.')
  return name
}

/** `$XDG_CONFIG_HOME/credbroker/profiles`, by default below `~/.config`. */
export const profileDirectory = (env: Env): string =>
  join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'credbroker', 'profiles')

export const profilePath = (env: Env, name: string): string => join(profileDirectory(env), `${name}.json`)

/** The profiles of this machine, whatever is in them. */
export async function profileNames(env: Env): Promise<readonly string[]> {
  const files = await readdir(profileDirectory(env)).catch(() => [])
  return files.flatMap((file) => /^([a-z][a-z0-9-]{0,47})\.json$/.exec(file)?.[1] ?? []).sort()
}

/** What to do where the one of this name is not there. */
export async function withoutProfile(env: Env, name: string): Promise<string> {
  const others = await profileNames(env)
  return others.length > 0
    ? `Name the one that is meant with --profile or BROKER_PROFILE: ${others.join(', ')}.`
    : `Start a broker with \`broker dev\`, or enrol at one: broker enroll --profile ${name} --url URL < token`
}

/**
 * @returns undefined when there is no such profile
 * @throws LocalError when others can read it, or it lies in a git work tree, or it is not a profile
 */
export async function loadProfile(env: Env, name: string): Promise<Profile | undefined> {
  const path = profilePath(env, name)
  const text = await readPrivateFile(path)
  if (text === undefined) return undefined
  await refuseGitTree(path)
  return parse(text, path)
}

/**
 * Makes sure that a profile can be kept before something that works once is spent on it.
 *
 * @throws LocalError in a git work tree; Error of the system where it cannot be written
 */
export async function prepareProfile(env: Env, name: string): Promise<void> {
  const path = profilePath(env, name)
  await refuseGitTree(path)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await access(dirname(path), constants.W_OK)
}

/** Writes the profile with mode 0600 in a directory of mode 0700. */
export async function saveProfile(env: Env, name: string, profile: Profile): Promise<void> {
  const path = profilePath(env, name)
  await refuseGitTree(path)
  const { key, ...rest } = profile
  const text = JSON.stringify({ ...rest, key: JSON.parse(key.expose()) })
  await writePrivateFile(path, `${text}\n`)
}

/** @returns whether there was one */
export async function removeProfile(env: Env, name: string): Promise<boolean> {
  const path = profilePath(env, name)
  const there = (await readPrivateFile(path).catch(() => '')) !== undefined
  await rm(path, { force: true })
  return there
}

async function refuseGitTree(path: string): Promise<void> {
  const tree = await gitTreeOf(path)
  if (tree === undefined) return
  throw new LocalError(`The profile would lie inside the git work tree ${tree}, where it can be committed.`, {
    advice: 'Set XDG_CONFIG_HOME to a directory outside of it.',
  })
}

function parse(text: string, path: string): Profile {
  try {
    const fields = JSON.parse(text) as Record<string, unknown>
    const { url, issuer, principal, key, keyEndsAt, stateDir } = fields
    if (
      isText(url) &&
      isText(issuer) &&
      isPrincipal(principal) &&
      isText(keyEndsAt) &&
      typeof key === 'object' &&
      key !== null
    )
      return {
        url,
        issuer,
        principal,
        key: new Secret(JSON.stringify(key)),
        keyEndsAt,
        ...(isText(stateDir) && { stateDir }),
      }
  } catch {
    // The parser's message quotes the text, which holds a key.
  }
  throw new LocalError(`${path} is not a profile.`, { advice: 'Remove it and enrol again.' })
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0
const isPrincipal = (value: unknown): value is Profile['principal'] =>
  isText(value) && /^(agent|user):[a-z][a-z0-9-]{0,47}$/.test(value)

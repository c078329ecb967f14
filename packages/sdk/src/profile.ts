import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '@credbroker/core/secret'

/** Who this machine is to a broker. `broker enroll` and `broker dev` write these; the key never leaves the machine. */
export interface Profile {
  readonly url: string
  readonly issuer: string
  readonly principal: `agent:${string}` | `user:${string}`
  /** The private P-256 JWK as JSON text. */
  readonly key: Secret
  readonly keyEndsAt?: Date
}

export type Environment = Readonly<Record<string, string | undefined>>

/** `$XDG_CONFIG_HOME/credbroker/profiles`, normally `~/.config/credbroker/profiles`. */
export function profileDirectory(env: Environment): string {
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  return join(config, 'credbroker', 'profiles')
}

/**
 * Reads the profile that `BROKER_PROFILE` names (`default` when unset); `BROKER_URL` overrides its address, not its issuer.
 * @throws Error when there is none, when others can read it, or when it is not a profile; the text says what to run.
 */
export function loadProfile(env: Environment, name: string = env['BROKER_PROFILE'] || 'default'): Profile {
  if (!/^[a-z][a-z0-9-]{0,47}$/.test(name))
    throw new Error('a profile is named by lower-case letters, digits and -')
  const file = join(profileDirectory(env), `${name}.json`)
  const fields = readProfile(file, name)
  const { url, issuer, principal, key, keyEndsAt } = fields
  if (
    typeof url !== 'string' ||
    typeof issuer !== 'string' ||
    typeof principal !== 'string' ||
    !/^(agent|user):[a-z][a-z0-9-]{0,47}$/.test(principal) ||
    typeof key !== 'object' ||
    key === null
  )
    throw new Error(`profile ${name} is not valid: write it again with \`broker enroll --profile ${name}\``)
  return {
    url: env['BROKER_URL'] || url,
    issuer,
    principal: principal as Profile['principal'],
    key: new Secret(JSON.stringify(key)),
    ...(typeof keyEndsAt === 'string' && { keyEndsAt: new Date(keyEndsAt) }),
  }
}

function readProfile(file: string, name: string): Record<string, unknown> {
  let text: string
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new Error(`profile ${name} can be read by others: chmod 600 ${file}`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error(`there is no profile ${name}: \`broker enroll --profile ${name}\` makes one`)
  }
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    // The parser's message quotes the file, which holds a key.
    return {}
  }
}

import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HOME_CREDENTIALS } from '../sandbox/credential-paths.ts'

type Env = Readonly<Record<string, string | undefined>>

export const homeOf = (env: Env): string => env['HOME'] || homedir()

/** `$XDG_CACHE_HOME/credbroker/scan`. */
export const cacheDirectory = (env: Env): string =>
  join(env['XDG_CACHE_HOME'] || join(homeOf(env), '.cache'), 'credbroker', 'scan')

/** Where this user's tools keep credentials. What the broker keeps there is its own. */
export const homePlaces = (env: Env): readonly string[] =>
  HOME_CREDENTIALS.filter((path) => !path.endsWith('/credbroker'))
    .map((path) => join(homeOf(env), path))
    .filter((path) => existsSync(path))

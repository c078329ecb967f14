import { type RefusalCode, Refused } from '../refusals.ts'
import { isPackage } from './names.ts'

/** A request by its path, with the package taken out. */
export interface Route {
  /** `/name…`, `/-/package/name…`, `/-/stage/package/name…`, and whatever else is under `/-/`. */
  readonly under: 'package' | 'settings' | 'stage' | 'registry'
  /** Empty under `registry`. */
  readonly name: string
  /** What stands behind the name; under `registry`, all of the path. */
  readonly rest: string
  /** The query `write=true`, by which npm asks for what is no cache's; no other is ever taken. */
  readonly write: boolean
}

const PLAIN = /^[A-Za-z0-9_@-][A-Za-z0-9._:-]*$/

const UNDER = { '/-/package/': 'settings', '/-/stage/package/': 'stage' } as const

/** Routes that act on accounts, or answer about everybody's packages. What is in neither list nobody has looked at. */
const CLOSED: readonly (readonly [path: RegExp, code: RefusalCode])[] = [
  [/^\/-\/(user|org|team|hooks|login|v1\/login|v1\/done)(\/|$)/, 'outside_environments'],
  [/^\/-\/npm\/v1\/(tokens|user|hooks|oidc)(\/|$)/, 'outside_environments'],
  [/^\/-\/(v1\/search|all|_view|by-user)(\/|$)/, 'unresolvable'],
  [/^\/-\/npm\/v1\/(security|attestations)(\/|$)/, 'unresolvable'],
  [/^\/-\/stage(\/|$)/, 'unresolvable'],
]

/**
 * The one reading of a target. A scope’s slash may be written out or as `%2f`, which is how npm writes it; nothing else in a path is
 * ever encoded.
 *
 * @throws {Refused}
 */
export function routeOf(target: string): Route {
  const [path = '', query, ...more] = target.split('?')
  if (more.length > 0 || (query !== undefined && query !== 'write=true')) throw new Refused('query_refused')
  const write = query !== undefined
  const plain = path.replace(/^((?:\/-\/package|\/-\/stage\/package)?\/@[a-z0-9._-]+)%2f/i, '$1/')
  if (
    !plain.startsWith('/') ||
    !plain
      .slice(1)
      .split('/')
      .every((segment) => PLAIN.test(segment))
  )
    throw new Refused('path_refused')
  const [before, under] = Object.entries(UNDER).find(([each]) => plain.startsWith(each)) ?? ['/', 'package']
  if (under === 'package' && plain.startsWith('/-/'))
    return { under: 'registry', name: '', rest: plain, write }
  const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(plain.slice(before.length)) ?? []
  if (!isPackage(name)) throw new Refused('path_refused')
  return { under, name, rest, write }
}

/** Says why a route is none of ours. */
export function closedRoute({ under, rest }: Route): Refused {
  if (under === 'package' && rest.startsWith('-rev/')) return new Refused('opaque_input')
  if (under === 'settings') return new Refused('outside_environments')
  if (under !== 'registry') return new Refused('no_such_operation')
  return new Refused(CLOSED.find(([path]) => path.test(rest))?.[1] ?? 'unclassified')
}

import { formOf } from '@credbroker/sdk/form'
import { opens } from '../helpers/git.ts'
import type { Guess, Leased } from './delivery.ts'

/**
 * For each host the scope of tools that say no repository, as `gh` and docker are: the one that opens the repository of which the
 * command's directory is a copy, or else the first that was asked for. What the directory is a copy of comes first.
 */
export function defaultsOf(leased: readonly Leased[], remotes: readonly string[]): Leased[] {
  const rank = (one: Leased): number => {
    const at = remotes.findIndex((remote) => isOf(one, placeOf(remote)))
    return at === -1 ? remotes.length : at
  }
  const hosts = Map.groupBy(
    leased.toSorted((one, other) => rank(one) - rank(other)),
    ({ lease }) => formOf('github', lease).gitUrl,
  )
  return [...hosts.values()].flatMap(([first]) => first ?? [])
}

/** Hosts of several scopes where nothing said which one: the first of them it is. */
export function guessesOf(leased: readonly Leased[], remotes: readonly string[]): Guess[] {
  const hosts = Map.groupBy(leased, ({ lease }) => formOf('github', lease).gitUrl)
  return [...hosts].flatMap(([gitUrl, here]) => {
    const scopes = here.map(({ handle }) => handle.scope)
    const known = remotes.some((remote) => here.some((one) => isOf(one, placeOf(remote))))
    return scopes.length > 1 && !known ? [{ host: new URL(gitUrl).host, scopes }] : []
  })
}

/** `https://github.com/acme/shop.git`, `ssh://git@github.com/acme/shop` or `git@github.com:acme/shop`. */
function placeOf(remote: string): Place | undefined {
  const [, host, path] = /^(?:[^@/:]+@)?([^:/]+):(?!\/)(.+)$/.exec(remote) ?? []
  if (host !== undefined && path !== undefined) return { host: host.toLowerCase(), path }
  const url = URL.parse(remote)
  return url && /^(https|ssh):$/.test(url.protocol) ? { host: url.hostname, path: url.pathname } : undefined
}

function isOf({ lease }: Leased, place: Place | undefined): boolean {
  const { gitUrl, repositories } = formOf('github', lease)
  return place !== undefined && place.host === new URL(gitUrl).hostname && opens(repositories, place.path)
}

interface Place {
  readonly host: string
  readonly path: string
}

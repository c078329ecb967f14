import { formOf } from '@credbroker/sdk/form'
import { opens } from '../helpers/git.ts'
import type { Leased } from './delivery.ts'

/**
 * For each host the scope of tools that say no repository, as `gh` and docker are: the one that opens the repository of which the
 * command's directory is a copy, or else the first that was asked for. What the directory is a copy of comes first.
 */
export function defaultsOf(leased: readonly Leased[], remotes: readonly string[]): Leased[] {
  const places = remotes.flatMap((remote) => placeOf(remote) ?? [])
  const rank = ({ lease }: Leased): number => {
    const { gitUrl, repositories } = formOf('github', lease)
    const at = places.findIndex(
      ({ host, path }) => host === new URL(gitUrl).hostname && opens(repositories, path),
    )
    return at === -1 ? places.length : at
  }
  const hosts = Map.groupBy(
    leased.toSorted((one, other) => rank(one) - rank(other)),
    ({ lease }) => formOf('github', lease).gitUrl,
  )
  return [...hosts.values()].flatMap(([first]) => first ?? [])
}

/** `https://github.com/acme/shop.git`, `ssh://git@github.com/acme/shop` or `git@github.com:acme/shop`. */
function placeOf(remote: string): { host: string; path: string } | undefined {
  const [, host, path] = /^(?:[^@/:]+@)?([^:/]+):(?!\/)(.+)$/.exec(remote) ?? []
  if (host !== undefined && path !== undefined) return { host: host.toLowerCase(), path }
  const url = URL.parse(remote)
  return url && /^(https|ssh):$/.test(url.protocol) ? { host: url.hostname, path: url.pathname } : undefined
}

import type { Grant } from '@credbroker/sdk/grant'

/** A host of the run, and the scopes by which its calls are made, in the order in which they were asked for. */
export interface Site {
  /** Lower case, no brackets: `api.example.com`, `::1`. */
  readonly host: string
  readonly port: number
  readonly scopes: readonly string[]
}

/** Where a tool wants to go. Undefined for what is not plainly `host:port`; without a port it is that of https. */
export function target(text: string, port = 443): Pick<Site, 'host' | 'port'> | undefined {
  const [, address, name, given] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = (address ?? name)?.toLowerCase()
  const number = given === undefined ? port : Number(given)
  if (host === undefined || host.endsWith('.') || number < 1 || number > 65_535) return undefined
  return { host, port: number }
}

/** One spelling for each target. */
export const siteKey = ({ host, port }: Pick<Site, 'host' | 'port'>): string => `${host} ${port}`

/** Of the scopes that are called through the gateway. */
export function sitesOf(grants: readonly Grant[]): ReadonlyMap<string, Site> {
  const sites = new Map<string, Site>()
  for (const { scope, state, gateway } of grants) {
    if (state !== 'active') continue
    for (const text of gateway?.hosts ?? []) {
      const where = target(text)
      if (!where) continue
      const scopes = sites.get(siteKey(where))?.scopes ?? []
      sites.set(siteKey(where), { ...where, scopes: [...scopes, scope] })
    }
  }
  return sites
}

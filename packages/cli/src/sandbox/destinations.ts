import { isIP } from 'node:net'
import type { Credential } from '@credbroker/core/credential'

/** A server that a run has to do with. */
export interface Destination {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
}

/** The servers that a credential is for: without them it is worth nothing. */
export function destinationsOf(credential: Credential): Destination[] {
  switch (credential.form) {
    case 'postgres':
      return [{ host: credential.host, port: credential.port }]
    case 'aws':
      return credential.endpointUrl ? [ofUrl(credential.endpointUrl)] : []
    case 'github':
      return [ofUrl(credential.apiUrl), ofUrl(credential.gitUrl)]
    case 'kubernetes':
      return [ofUrl(credential.server)]
    case 'railway':
      return []
  }
}

/** Where the credential is for all of a cloud: names below these, at the port of https. */
export const suffixesOf = (credential: Credential): string[] =>
  credential.form === 'aws' && !credential.endpointUrl ? ['*.amazonaws.com', '*.amazonaws.com.cn'] : []

export function ofUrl(text: string): Destination {
  const { protocol, hostname, port } = new URL(text)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'http:' ? 80 : 443)) }
}

/** One way out of the sandbox: where the command finds it, and where it leads. */
export interface Way {
  /** An address of the loopback inside. */
  readonly address: string
  readonly port: number
  readonly to: Destination
}

export interface WaysPlan {
  readonly ways: readonly Way[]
  /** What the command's /etc/hosts says. */
  readonly hosts: string
  /** Only by the proxy, as `host:port`: nobody without a capability listens at their ports. */
  readonly byProxy: readonly string[]
  /** Addresses of other machines, as `host:port`: the network inside has none but loopback. */
  readonly lost: readonly string[]
}

/** The first port that a process without capabilities may listen at. */
const OPEN_PORTS = 1024

/** Names keep their names: each gets an address of the loopback inside. */
export function planWays(destinations: readonly Destination[]): WaysPlan {
  const ways = new Map<string, Way>()
  const names = new Map<string, string>()
  const byProxy = new Set<string>()
  const lost = new Set<string>()
  for (const to of destinations) {
    const address = loopback(to.host) ?? (isIP(to.host) ? undefined : ownAddress(names, to.host))
    const text = to.host.includes(':') ? `[${to.host}]:${to.port}` : `${to.host}:${to.port}`
    if (to.port < OPEN_PORTS) byProxy.add(text)
    else if (address === undefined) lost.add(text)
    else ways.set(`${address} ${to.port}`, { address, port: to.port, to })
  }
  const lines = ['127.0.0.1 localhost', '::1 localhost', ...[...names].map(([name, at]) => `${at} ${name}`)]
  return {
    ways: [...ways.values()],
    hosts: `${lines.join('\n')}\n`,
    byProxy: [...byProxy],
    lost: [...lost],
  }
}

function loopback(host: string): string | undefined {
  if (host === 'localhost') return '127.0.0.1'
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.')) ? host : undefined
}

function ownAddress(names: Map<string, string>, name: string): string {
  const at = names.get(name) ?? `127.77.${Math.floor(names.size / 250)}.${(names.size % 250) + 1}`
  names.set(name, at)
  return at
}

import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { isMetadataAddress, isPrivateAddress } from '@credbroker/providers/upstream-address'
import { Refused } from './refusal.ts'
import { type Site, siteKey, target } from './site.ts'

type Where = Pick<Site, 'host' | 'port'>

/** Connections of the command that go past the gateway, without any credential of ours. */
export interface PassThrough {
  /** A connection to there. @throws Refused where it may not go */
  dial(where: Where): Promise<Socket>
}

const DIAL_MS = 30_000

/** `named`: `host`, `host:port`; `*.example.com`, or `all`, for public hosts at the port of https. */
export function passThrough(
  named: readonly string[],
  resolve: (host: string) => Promise<readonly { readonly address: string }[]> = (host) =>
    lookup(host, { all: true, verbatim: true }),
): PassThrough {
  const all = named.includes('all')
  const hosts = new Set(named.flatMap((text) => target(text) ?? []).map(siteKey))
  const below = named
    .filter((text) => /^\*(\.[A-Za-z0-9-]+){2,}$/.test(text))
    .map((text) => text.slice(1).toLowerCase())
  return {
    async dial({ host, port }) {
      const explicit = hosts.has(siteKey({ host, port }))
      const wide = all || below.some((suffix) => host.endsWith(suffix))
      if (!explicit && !(wide && port === 443)) throw elsewhere(host)
      const found = isIP(host) ? [{ address: host }] : await resolve(host).catch(() => [])
      const [first] = found
      if (!first) throw new Refused(502, 'The host does not resolve')
      // Only who wrote the address itself has meant it; a name can be made to say anything.
      const meant = explicit && (isIP(host) !== 0 || host === 'localhost')
      const bad = found.some(
        ({ address }) => isMetadataAddress(address) || (isPrivateAddress(address) && !meant),
      )
      if (bad) throw new Refused(403, 'The host is a loopback, private or metadata address')
      return await connected(first.address, port)
    },
  }
}

const elsewhere = (host: string): Refused =>
  new Refused(
    403,
    `${host} is no host of a scope of this run`,
    'Ask for a scope of it, or let it pass without credentials: broker exec --pass-through HOST.',
  )

async function connected(address: string, port: number): Promise<Socket> {
  const socket = connect(port, address)
  socket.setTimeout(DIAL_MS, () => socket.destroy(new Error('timed out')))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', () => reject(new Refused(502, 'The host does not answer')))
  })
  socket.setTimeout(0)
  return socket
}

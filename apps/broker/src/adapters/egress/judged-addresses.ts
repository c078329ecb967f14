import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'
import { isMetadataAddress, isPrivateAddress } from '@credbroker/providers/upstream-address'

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true })

/**
 * Every address that a connection may go to. One that must not be reached spoils the name: whoever mixes them means to be
 * reached there in the end. @throws BrokerError `root_unusable`, `vendor_unavailable`
 */
export async function judgedAddresses(
  host: string,
  { allowPrivate, resolve }: { readonly allowPrivate: boolean; readonly resolve: Resolve },
): Promise<LookupAddress[]> {
  const family = isIP(host)
  const found = family ? [{ address: host, family }] : [...(await resolve(host).catch(() => []))]
  if (found.length === 0)
    throw new BrokerError('vendor_unavailable', { detail: 'The root’s host does not resolve' })
  if (found.some(({ address }) => isMetadataAddress(address)))
    throw new BrokerError('root_unusable', {
      detail: 'The root’s host is where a cloud keeps its credentials',
    })
  if (!allowPrivate && found.some(({ address }) => isPrivateAddress(address)))
    throw new BrokerError('root_unusable', {
      detail:
        'The root’s host is a loopback or private address: set BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS=1 where that is meant',
    })
  return found
}

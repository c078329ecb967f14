import { lookup as resolve } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from './provider.ts'

const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  // IPv4 inside: compatible, translated, 6to4, Teredo.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
  ['100::', 64],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv6')

const METADATA = new BlockList()
METADATA.addSubnet('169.254.0.0', 16, 'ipv4')
for (const address of ['100.100.100.200', '168.63.129.16']) METADATA.addAddress(address, 'ipv4')
METADATA.addAddress('fd00:ec2::254', 'ipv6')
METADATA.addAddress('fd20:ce::254', 'ipv6')

/** Where clouds hand out credentials of the machine itself. Nobody means these, not even who allows private addresses. */
export function isMetadataAddress(address: string): boolean {
  const mapped = /^(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const [one, family] = mapped
    ? [mapped, 'ipv4' as const]
    : [address, isIP(address) === 6 ? ('ipv6' as const) : ('ipv4' as const)]
  return METADATA.check(one, family)
}

/** Loopback, link-local, private and unrouted addresses; IPv4 written as IPv6 is judged as IPv4. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return PRIVATE.check(mapped, 'ipv4')
  // Other spellings of a mapped address are nobody's honest choice.
  if (/^(0*:)*ffff:/i.test(address)) return true
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * The one address to connect to. Names are resolved here, once, and the connection goes to what was judged, so that a
 * name that changes its answer gains nothing.
 *
 * @throws {BrokerError} `root_unusable` for a private address, `vendor_unavailable` where the name resolves to nothing.
 */
export async function upstreamAddress(host: string, io: VendorIo): Promise<string> {
  const addresses = isIP(host) ? [host] : await addressesOf(host)
  const usable = io.allowPrivateUpstreams
    ? addresses
    : addresses.filter((address) => !isPrivateAddress(address))
  if (usable[0] !== undefined) return usable[0]
  if (addresses.length === 0)
    throw new BrokerError('vendor_unavailable', { detail: 'The root’s host does not resolve' })
  throw new BrokerError('root_unusable', {
    detail:
      'The root’s host is a loopback or private address: set BROKER_UNSAFE_ALLOW_PRIVATE_UPSTREAMS=1 where that is meant',
  })
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await resolve(host, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}

import { isIP, isIPv6 } from 'node:net'

/**
 * The extension of RFC 5280 §4.2.1.10 that permits these hosts. What is not listed of a type would be permitted, so a type
 * without a host is excluded whole. A name includes what is below it: the standard has no way to say less.
 */
export function nameConstraints(hosts: readonly string[]): Uint8Array<ArrayBuffer> {
  const names = hosts.filter((host) => isIP(host) === 0)
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  const permitted = [
    ...names.map((name) => subtree(DNS, Buffer.from(name))),
    ...addresses.map((address) => subtree(ADDRESS, Buffer.concat([bytes(address), ONES[size(address)]]))),
  ]
  const excluded = [
    ...(names.length === 0 ? [subtree(DNS, Buffer.alloc(0))] : []),
    ...(addresses.some((address) => !isIPv6(address)) ? [] : [subtree(ADDRESS, Buffer.alloc(8))]),
    ...(addresses.some(isIPv6) ? [] : [subtree(ADDRESS, Buffer.alloc(32))]),
  ]
  const parts = [tagged(0xa0, permitted), ...(excluded.length > 0 ? [tagged(0xa1, excluded)] : [])]
  return new Uint8Array(tagged(SEQUENCE, parts))
}

const SEQUENCE = 0x30
/** `dNSName [2]` and `iPAddress [7]` of a GeneralName. */
const DNS = 0x82
const ADDRESS = 0x87
const ONES = { 4: Buffer.alloc(4, 0xff), 16: Buffer.alloc(16, 0xff) } as const

const size = (address: string): 4 | 16 => (isIPv6(address) ? 16 : 4)
const subtree = (tag: number, value: Buffer): Buffer => tagged(SEQUENCE, [tagged(tag, [value])])

function tagged(tag: number, parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts)
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), value])
}

/** In network order. @throws TypeError for what is no address */
function bytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)]
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex')
}

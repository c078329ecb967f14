import { Refused } from '../refusals.ts'

/** One packet: a line, the end of a part (`flush`, `0000`), or what stands between parts (`delim`, `0001`). */
export type Packet = { readonly line: string } | 'flush' | 'delim'

const MOST = 20_000

/** Reads packets until `stop`, or until the bytes end. @see https://git-scm.com/docs/protocol-common#_pkt_line_format */
export function readPackets(
  body: Uint8Array,
  stop: 'end' | 'flush',
): { readonly packets: readonly Packet[]; readonly rest: Uint8Array } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const packets: Packet[] = []
  let at = 0
  while (at < bytes.length) {
    const head = bytes.toString('latin1', at, at + 4)
    if (!/^[0-9a-f]{4}$/.test(head) || packets.length === MOST) throw new Refused('body_refused')
    const length = Number.parseInt(head, 16)
    if (length < 4) {
      if (length > 1) throw new Refused('body_refused')
      packets.push(length === 0 ? 'flush' : 'delim')
      at += 4
      if (length === 0 && stop === 'flush') break
      continue
    }
    if (length < 5 || at + length > bytes.length) throw new Refused('body_refused')
    packets.push({ line: plainLine(bytes.subarray(at + 4, at + length)) })
    at += length
  }
  if (stop === 'flush' && packets.at(-1) !== 'flush') throw new Refused('body_refused')
  return { packets, rest: bytes.subarray(at) }
}

/** ASCII without the newline that may end it. The zero byte parts a command from its capabilities. */
function plainLine(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/\n$/, '')
  if (!/^[ -~\0]+$/.test(text)) throw new Refused('body_refused')
  return text
}

export const writePackets = (packets: readonly Packet[]): string =>
  packets
    .map((packet) => (packet === 'flush' ? '0000' : packet === 'delim' ? '0001' : written(packet.line)))
    .join('')

const written = (line: string): string => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`

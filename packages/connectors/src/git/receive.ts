import { Refused } from '../refusals.ts'
import { isObjectId, isRef, isZero } from './names.ts'
import { algorithmOf, isPack, proves } from './pack.ts'
import { type Packet, readPackets, writePackets } from './packets.ts'

/** What is to become of one ref. */
export type RefChange = {
  readonly ref: string
  readonly from: string
  readonly to: string
}

export type Push = {
  readonly capabilities: readonly string[]
  readonly changes: readonly RefChange[]
  /** Base64: the objects, as the client packed them. Empty where refs are only deleted. */
  readonly pack: string
}

/** Certificates and push options are not there: hooks of a server may do anything upon them. */
const CAPABILITIES: ReadonlySet<string> = new Set(
  'report-status report-status-v2 side-band-64k quiet atomic ofs-delta delete-refs object-format=sha1 object-format=sha256'.split(
    ' ',
  ),
)
const DROPPED = /^(agent|session-id)=[!-~]*$/
const MOST = 64

/** @see https://git-scm.com/docs/pack-protocol#_reference_update_request_and_packfile_transfer */
export function readPush(body: Uint8Array): Push {
  const { packets, rest } = readPackets(body, 'flush')
  const lines = packets.slice(0, -1).map(lineOf)
  const [first = '', said = ''] = splitOnce(lines[0] ?? '')
  const capabilities = said.split(' ').filter((each) => each !== '' && !DROPPED.test(each))
  if (!capabilities.every((each) => CAPABILITIES.has(each))) throw new Refused('argument_refused')
  const changes = [first, ...lines.slice(1)].map(readChange)
  if (changes.length > MOST) throw new Refused('too_large')
  if (new Set(changes.map(({ ref }) => ref)).size < changes.length) throw new Refused('body_refused')
  const pack = Buffer.from(rest)
  const brings = changes.some(({ to }) => !isZero(to))
  if (brings ? !isPack(pack, algorithmOf(changes[0]?.to ?? '')) : pack.length > 0)
    throw new Refused('body_refused')
  return { capabilities, changes, pack: pack.toString('base64') }
}

/** `create`: only refs that are new · `forward`: nothing of what a ref had is lost, and that is proven · `rewrite`: it may be. */
export function kindOf({ changes, pack }: Push): 'create' | 'forward' | 'rewrite' {
  const updates = changes.filter(({ from }) => !isZero(from))
  if (updates.length === 0) return 'create'
  const bytes = Buffer.from(pack, 'base64')
  return updates.every(({ from, to }) => !isZero(to) && proves(bytes, to, from)) ? 'forward' : 'rewrite'
}

function lineOf(packet: Packet): string {
  if (typeof packet === 'string') throw new Refused('body_refused')
  return packet.line
}

/** Only the first line has capabilities, behind a zero byte. */
function splitOnce(line: string): readonly string[] {
  const parts = line.split('\0')
  if (parts.length > 2) throw new Refused('body_refused')
  return parts
}

function readChange(line: string): RefChange {
  const [from = '', to = '', ref = '', ...more] = line.split(' ')
  if (more.length > 0 || !isObjectId(from) || !isObjectId(to) || from.length !== to.length)
    throw new Refused('body_refused')
  if (!isRef(ref) || from === to) throw new Refused('argument_refused')
  return { ref, from, to }
}

export function writePush({ capabilities, changes, pack }: Push): Buffer {
  const packets = changes.map(({ from, to, ref }, index): Packet => {
    const line = `${from} ${to} ${ref}`
    return { line: index === 0 ? `${line}\0${capabilities.map((each) => ` ${each}`).join('')}` : line }
  })
  return Buffer.concat([
    Buffer.from(writePackets([...packets, 'flush']), 'latin1'),
    Buffer.from(pack, 'base64'),
  ])
}

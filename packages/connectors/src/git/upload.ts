import { Refused } from '../refusals.ts'
import { isObjectId, isRef, isRefPrefix } from './names.ts'
import { type Packet, readPackets, writePackets } from './packets.ts'

/** What a client asks of `git-upload-pack`, line by line, in the order of the client. */
export type Upload =
  | {
      readonly name: 'listRefs' | 'fetch'
      readonly version: 2
      readonly format: string
      readonly lines: readonly string[]
    }
  | {
      readonly name: 'fetch'
      readonly version: 0
      readonly capabilities: readonly string[]
      readonly parts: readonly (readonly string[])[]
    }

type Takes = (value: string | undefined) => boolean
const alone: Takes = (value) => value === undefined
const number: Takes = (value) => /^[1-9][0-9]{0,11}$/.test(value ?? '')
const id: Takes = (value) => isObjectId(value ?? '')

/** `packfile-uris` is not there: it would send the client to other servers. */
const LINES: Readonly<Record<'listRefs' | 'fetch', ReadonlyMap<string, Takes>>> = {
  listRefs: new Map([
    ['peel', alone],
    ['symrefs', alone],
    ['unborn', alone],
    ['ref-prefix', (value = '') => isRefPrefix(value)],
  ]),
  fetch: new Map([
    ['want', id],
    ['have', id],
    ['shallow', id],
    ['want-ref', (value = '') => isRef(value) || value === 'HEAD'],
    ['deepen', number],
    ['deepen-since', number],
    ['deepen-not', (value = '') => isRefPrefix(value)],
    ['deepen-relative', alone],
    [
      'filter',
      (value = '') =>
        /^(blob:none|blob:limit=\d{1,12}[kmg]?|tree:\d{1,6}|object:type=(blob|tree|commit|tag))$/.test(value),
    ],
    ['thin-pack', alone],
    ['no-progress', alone],
    ['include-tag', alone],
    ['ofs-delta', alone],
    ['wait-for-done', alone],
    ['done', alone],
  ]),
}

const CAPABILITIES: ReadonlySet<string> = new Set(
  'multi_ack multi_ack_detailed no-done side-band side-band-64k thin-pack no-progress include-tag ofs-delta deepen-since deepen-not deepen-relative filter object-format=sha1 object-format=sha256'.split(
    ' ',
  ),
)
/** Who asks is nobody’s business but ours. */
const DROPPED = /^(agent|session-id)=[!-~]*$/

export const readUpload = (body: Uint8Array, version: 0 | 2): Upload =>
  version === 2 ? readVersion2(body) : readVersion0(body)

function checked(operation: 'listRefs' | 'fetch', line: string): string {
  const [, word = '', value] = /^([a-z-]+)(?: (.*))?$/.exec(line) ?? []
  if (!LINES[operation].get(word)?.(value)) throw new Refused('argument_refused')
  return line
}

/** @see https://git-scm.com/docs/protocol-v2 */
function readVersion2(body: Uint8Array): Upload {
  const packets = [...readPackets(body, 'end').packets]
  if (packets.pop() !== 'flush') throw new Refused('body_refused')
  const delim = packets.indexOf('delim')
  const [command = '', ...capabilities] = linesOf(delim < 0 ? packets : packets.slice(0, delim))
  const name = ({ 'command=ls-refs': 'listRefs', 'command=fetch': 'fetch' } as const)[command]
  if (name === undefined) throw new Refused('no_such_operation')
  let format = 'sha1'
  for (const capability of capabilities) {
    const named = /^object-format=(sha1|sha256)$/.exec(capability)?.[1]
    if (named !== undefined) format = named
    else if (!DROPPED.test(capability)) throw new Refused('argument_refused')
  }
  const lines = delim < 0 ? [] : linesOf(packets.slice(delim + 1)).map((line) => checked(name, line))
  return { name, version: 2, format, lines }
}

/** @see https://git-scm.com/docs/http-protocol#_smart_service_git_upload_pack */
function readVersion0(body: Uint8Array): Upload {
  const { packets } = readPackets(body, 'end')
  const parts: string[][] = [[]]
  for (const packet of packets) {
    if (packet === 'delim') throw new Refused('body_refused')
    if (packet === 'flush') parts.push([])
    else parts.at(-1)?.push(packet.line)
  }
  const first = parts[0]?.[0] ?? ''
  const [, want = '', rest = ''] = /^(want [0-9a-f]+)((?: [!-~]+)*)$/.exec(first) ?? []
  if (want === '') throw new Refused('body_refused')
  const capabilities = rest.split(' ').filter((each) => each !== '' && !DROPPED.test(each))
  if (!capabilities.every((each) => CAPABILITIES.has(each))) throw new Refused('argument_refused')
  const plain = parts.map((part, index) =>
    part.map((line, at) => checked('fetch', index === 0 && at === 0 ? want : line)),
  )
  return { name: 'fetch', version: 0, capabilities, parts: plain }
}

function linesOf(packets: readonly Packet[]): string[] {
  return packets.map((packet) => {
    if (typeof packet === 'string' || packet.line.includes('\0')) throw new Refused('body_refused')
    return packet.line
  })
}

export function writeUpload(upload: Upload): string {
  if (upload.version === 0) {
    const { capabilities, parts } = upload
    const packets = parts.flatMap((part, index): Packet[] => [
      ...(index === 0 ? [] : (['flush'] as const)),
      ...part.map((line, at) => ({
        line: index === 0 && at === 0 ? [line, ...capabilities].join(' ') : line,
      })),
    ])
    return writePackets(packets)
  }
  const { name, format, lines } = upload
  return writePackets([
    { line: name === 'fetch' ? 'command=fetch' : 'command=ls-refs' },
    { line: `object-format=${format}` },
    'delim',
    ...lines.map((line) => ({ line })),
    'flush',
  ])
}

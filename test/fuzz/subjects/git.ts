import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { bodyOf } from '@credbroker/connectors/body-of'
import git from '@credbroker/connectors/kinds/git'
import type { ClientRequest, UpstreamRequest } from '@credbroker/connectors/request'
import type { Json } from '@credbroker/core/canonical-json'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject, Understood } from '../differential.ts'

const [A, B, NONE] = ['a', 'b', '0'].map((digit) => digit.repeat(40)) as [string, string, string]
const COMMIT = `tree ${B}\nparent ${A}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n`
const NEXT = createHash('sha1').update(`commit ${COMMIT.length}\0${COMMIT}`).digest('hex')

function packOf(object: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('PACK\0\0\0\u0002\0\0\0\u0001'), object])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}
const HEAD = Buffer.from([0x90 | (COMMIT.length & 15), COMMIT.length >> 4])
const PACK = packOf(Buffer.concat([HEAD, deflateSync(COMMIT)]))

const packets = (...lines: string[]) =>
  lines
    .map((line) => (/^000[01]$/.test(line) ? line : (line.length + 4).toString(16).padStart(4, '0') + line))
    .join('')
const post = (service: string, body: Buffer, headers: ClientRequest['headers']): ClientRequest => ({
  method: 'POST',
  target: `/acme/shop.git/${service}`,
  headers: [['content-type', `application/x-${service}-request`], ...headers],
  body,
})
const V2 = [['git-protocol', 'version=2']] as const
const upload = (headers: ClientRequest['headers'], ...lines: string[]) =>
  post('git-upload-pack', Buffer.from(packets(...lines)), headers)
const receive = (pack: Buffer, ...lines: string[]) =>
  post('git-receive-pack', Buffer.concat([Buffer.from(packets(...lines)), pack]), [])

/** Reads packets as git itself does: four digits of hex, and that many bytes. */
function* packetsOf(bytes: Buffer): Generator<{ readonly text: string | null; readonly after: number }> {
  for (let at = 0; at < bytes.length; ) {
    const length = Number(`0x${bytes.toString('latin1', at, at + 4)}`)
    if (length < 4) {
      at += 4
      yield { text: length === 0 ? null : '', after: at }
    } else {
      yield { text: bytes.toString('latin1', at + 4, at + length).replace(/\n$/, ''), after: at + length }
      at += length
    }
  }
}

function server({ method, target, headers, ...sent }: UpstreamRequest): Understood {
  const url = new URL(target, 'https://git.example.com')
  const [, repository = '', service = ''] = /^\/(.+)\.git\/(.+)$/.exec(url.pathname) ?? []
  const two = headers['git-protocol'] === 'version=2'
  const told = (name: string, asks: Json): Understood => [{ name, arguments: { repository, asks } }]
  if (method === 'GET' && service === 'info/refs')
    return told('discover', { service: url.searchParams.get('service'), version: two ? 2 : 0 })
  const bytes = bodyOf(sent as UpstreamRequest) ?? Buffer.alloc(0)
  if (service === 'git-upload-pack') return two ? version2(bytes, told) : version0(bytes, told)
  return push(bytes, told)
}

type Told = (name: string, asks: Json) => Understood

function version2(bytes: Buffer, told: Told): Understood {
  const all = [...packetsOf(bytes)].map(({ text }) => text)
  const delim = all.indexOf('')
  const name = all[0] === 'command=fetch' ? 'fetch' : all[0] === 'command=ls-refs' ? 'listRefs' : 'none'
  const format = all.slice(1, delim).find((each) => each?.startsWith('object-format='))
  return told(name, {
    name,
    version: 2,
    format: format?.slice('object-format='.length) ?? 'sha1',
    lines: all.slice(delim + 1, -1),
  })
}

function version0(bytes: Buffer, told: Told): Understood {
  const parts: string[][] = [[]]
  for (const { text } of packetsOf(bytes))
    if (text === null) parts.push([])
    else parts.at(-1)?.push(text)
  const [want = '', id = '', ...capabilities] = (parts[0]?.[0] ?? '').split(' ')
  const plain = [[`${want} ${id}`, ...(parts[0] ?? []).slice(1)], ...parts.slice(1)]
  return told('fetch', { name: 'fetch', version: 0, capabilities, parts: plain })
}

function push(bytes: Buffer, told: Told): Understood {
  const changes: { ref: string; from: string; to: string }[] = []
  let capabilities: string[] = []
  for (const { text, after } of packetsOf(bytes)) {
    if (text !== null) {
      const [change = '', said] = text.split('\0')
      const [from = '', to = '', ref = ''] = change.split(' ')
      changes.push({ ref, from, to })
      if (said !== undefined) capabilities = said.split(' ').filter(Boolean)
      continue
    }
    const keeps = ({ from, to }: { from: string; to: string }) => from === NONE || (from === A && to === NEXT)
    const fresh = changes.every(({ from }) => from === NONE)
    const name = fresh ? 'push.create' : changes.every(keeps) ? 'push.forward' : 'push.rewrite'
    return told(name, { capabilities, changes, pack: bytes.subarray(after).toString('base64') })
  }
  return told('none', null)
}

export const gitSubject: Subject = {
  connector: git,
  spec: git.spec.parse({ repositories: ['acme/shop', 'acme/x'], operations: ['fetch', 'push'] }),
  seeds: [
    asked('GET', '/acme/shop.git/info/refs?service=git-upload-pack', undefined, V2),
    asked('GET', '/acme/shop/info/refs?service=git-receive-pack'),
    upload(V2, 'command=ls-refs\n', 'agent=git/2', '0001', 'peel', 'ref-prefix refs/heads/', '0000'),
    upload(
      V2,
      'command=fetch',
      'object-format=sha1',
      '0001',
      'thin-pack',
      `want ${A}\n`,
      'deepen 1',
      'done\n',
      '0000',
    ),
    upload(
      [],
      `want ${A} side-band-64k ofs-delta agent=git/2\n`,
      `want ${B}\n`,
      '0000',
      `have ${B}\n`,
      'done\n',
    ),
    receive(PACK, `${NONE} ${NEXT} refs/heads/x\0 report-status agent=git/2`, '0000'),
    receive(
      PACK,
      `${A} ${NEXT} refs/heads/main\0 report-status atomic`,
      `${NONE} ${NEXT} refs/heads/y`,
      '0000',
    ),
    receive(PACK, `${B} ${NEXT} refs/heads/main\0`, '0000'),
    receive(Buffer.alloc(0), `${A} ${NONE} refs/heads/x\0 delete-refs`, '0000'),
  ],
  words: [
    'acme',
    'shop',
    'x',
    '.git',
    'info/refs',
    'git-upload-pack',
    'git-receive-pack',
    '?service=git-receive-pack',
    '0000',
    '0001',
    '0002',
    '0004',
    '0005',
    '000a',
    'want ',
    'have ',
    'done',
    'refs/heads/',
    'refs/tags/v1',
    A,
    B,
    NONE,
    NEXT,
    'force',
    'PACK',
  ], // prettier-ignore
  servers: { 'as git reads it': server },
}

import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import type { ClientRequest } from '../request.ts'
import git from './git.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const NONE = '0'.repeat(40)
const V2 = [['git-protocol', 'version=2']] as const

const packet = (line: string) => `${(line.length + 4).toString(16).padStart(4, '0')}${line}`
const packets = (...lines: string[]) =>
  lines.map((line) => (line === '0000' || line === '0001' ? line : packet(line))).join('')
const discover = (target: string, headers: ClientRequest['headers'] = V2) =>
  asked('GET', target, undefined, headers)
const post = (
  target: string,
  body: string | Buffer,
  headers: ClientRequest['headers'] = V2,
): ClientRequest => ({
  method: 'POST',
  target,
  headers: [['content-type', `application/x-${target.split('/').at(-1)}-request`], ...headers],
  body: Buffer.from(body),
})
const upload = (...lines: string[]) => post('/acme/shop.git/git-upload-pack', packets(...lines))
const uploadOld = (...lines: string[]) => post('/acme/shop.git/git-upload-pack', packets(...lines), [])
const packOf = (objects: Buffer) => {
  const body = Buffer.concat([Buffer.from('PACK\0\0\0\u0002\0\0\0\u0001'), objects])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}
const PACK = packOf(Buffer.alloc(24, 0x80))
const COMMIT = `tree ${B}\nparent ${A}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nx\n\nparent ${B}\n`
const NEXT = createHash('sha1').update(`commit ${COMMIT.length}\0${COMMIT}`).digest('hex')
const FORWARD = packOf(
  Buffer.concat([Buffer.from([0x90 | (COMMIT.length & 15), COMMIT.length >> 4]), deflateSync(COMMIT)]),
)
const receive = (lines: string[], pack: Buffer | string = PACK) =>
  post(
    '/acme/shop.git/git-receive-pack',
    Buffer.concat([Buffer.from(packets(...lines)), Buffer.from(pack)]),
    [],
  )

const clone = [
  'command=fetch',
  'agent=git/2.39.5',
  'object-format=sha1',
  '0001',
  'thin-pack',
  `want ${A}\n`,
  'done\n',
  '0000',
]
const delta = `${A} ${B} refs/heads/main`

connectorContract(git, {
  root: { origin: 'https://git.example.com', token: 'ghs_4b1f8a90c2d7' },
  secret: 'ghs_4b1f8a90c2d7',
  reaches: ['git.example.com'],
  spec: { repositories: ['acme/shop'], operations: ['fetch', 'push'] },
  samples: [
    ['discover', discover('/acme/shop.git/info/refs?service=git-upload-pack'), ['read']],
    ['discover', discover('/acme/shop/info/refs?service=git-receive-pack', []), ['read']],
    ['listRefs', upload('command=ls-refs\n', '0001', 'peel\n', 'ref-prefix refs/heads/\n', '0000'), ['read']],
    ['fetch', upload(...clone), ['read']],
    [
      'fetch',
      uploadOld(
        `want ${A} multi_ack_detailed side-band-64k agent=git/2\n`,
        `want ${B}\n`,
        '0000',
        `have ${B}\n`,
        'done\n',
      ),
      ['read'],
    ],
    ['push.create', receive([`${NONE} ${B} refs/heads/x\0 report-status agent=git/2`, '0000']), ['write']],
    ['push.forward', receive([`${A} ${NEXT} refs/heads/main\0 report-status`, '0000'], FORWARD), ['write']],
    ['push.rewrite', receive([`${delta}\0 report-status`, '0000']), ['delete']],
    [
      'push.rewrite',
      receive([`${A} ${NONE} refs/heads/x\0 report-status delete-refs`, '0000'], ''),
      ['delete'],
    ],
  ].map(([operation, request, access]) => ({
    operation: operation as string,
    request: request as ClientRequest,
    access: access as 'read'[],
    anchors: ['git.example.com/acme/shop'],
  })),
  refused: {
    'another repository': discover('/acme/ledger.git/info/refs?service=git-upload-pack'),
    'the same in other letters': discover('/Acme/shop.git/info/refs?service=git-upload-pack'),
    'a repository below it': discover('/acme/shop.git/x/info/refs?service=git-upload-pack'),
    'the dumb protocol': discover('/acme/shop.git/info/refs'),
    'an object of the dumb protocol': discover('/acme/shop.git/objects/info/packs'),
    'another service': discover('/acme/shop.git/info/refs?service=git-upload-archive'),
    'a protocol that nobody knows': discover('/acme/shop.git/info/refs?service=git-upload-pack', [
      ['git-protocol', 'version=3'],
    ]),
    'two protocols': discover('/acme/shop.git/info/refs?service=git-upload-pack', [...V2, ...V2]),
    'large files': asked('POST', '/acme/shop.git/info/lfs/objects/batch', {}),
    'a command of version 2 that is none': upload('command=object-info', '0001', `oid ${A}`, '0000'),
    'packs from elsewhere': upload(
      'command=fetch',
      '0001',
      'packfile-uris https',
      `want ${A}`,
      'done',
      '0000',
    ),
    'a line with two lines in it': upload('command=fetch', '0001', `want ${A}\nhave ${B}`, '0000'),
    'what follows the end': upload(...clone, '0000'),
    'an object id that is none': upload('command=fetch', '0001', 'want HEAD', 'done', '0000'),
    'a length of one': post('/acme/shop.git/git-upload-pack', '0003'),
    'a length in capitals': post('/acme/shop.git/git-upload-pack', `000E${'x'.repeat(10)}0000`),
    'server options': upload('command=fetch', 'server-option=x', '0001', `want ${A}`, 'done', '0000'),
    'an upload to the other service': { ...upload(...clone), target: '/acme/shop.git/git-receive-pack' },
    'a push of a certificate': receive([`push-cert\0report-status`, 'certificate version 0.1', '0000']),
    'push options': receive([`${delta}\0 report-status push-options`, '0000', 'ci.skip', '0000']),
    'one ref changed twice': receive([`${delta}\0`, delta, '0000']),
    'a ref outside of what may be pushed': receive([`${NONE} ${B} refs/tags/v1\0`, '0000']),
    'a ref that climbs': receive([`${NONE} ${B} refs/heads/../tags/v1\0`, '0000']),
    'a hidden ref': receive([`${NONE} ${B} HEAD\0`, '0000']),
    'a push without objects': receive([`${delta}\0`, '0000'], ''),
    'a deletion with objects': receive([`${A} ${NONE} refs/heads/x\0`, '0000']),
    'objects that are cut short': receive([`${delta}\0`, '0000'], PACK.subarray(0, -1)),
    'capabilities on another line': receive([`${delta}\0`, `${NONE} ${B} refs/heads/y\0 atomic`, '0000']),
  },
  vendor: () => ({ status: 404, body: '' }),
})

describe('the scope of a git server', () => {
  const spec = (change: object) => ({ repositories: ['acme/shop'], operations: ['fetch'], ...change })
  const accepts = (change: object) => git.spec.safeParse(spec(change)).success

  it.each(['..', 'acme/..', 'acme/shop.git', '/acme', 'acme//shop', 'acme/sh op', '-x/y', 'a/b/c/d/e/f/g'])(
    'does not take %s for a repository',
    (name) => expect(accepts({ repositories: [name] })).toBe(false),
  )

  it('that fetches does not push', () => {
    const fetching = git.spec.parse(spec({}))
    expect(git.operations(fetching).map(({ name }) => name)).toEqual(['discover', 'listRefs', 'fetch'])
    const pushes = [
      discover('/acme/shop.git/info/refs?service=git-receive-pack', []),
      receive([`${NONE} ${B} refs/heads/x\0`, '0000']),
    ]
    for (const request of pushes)
      expect(git.parse(request, fetching)).toMatchObject({ refused: 'not_in_scope' })
  })

  it('names the refs that may be pushed', () => {
    const own = git.spec.parse(spec({ operations: ['push'], refs: ['refs/heads/agent/*', 'refs/tags/v1'] }))
    const pushes = (ref: string) => git.parse(receive([`${NONE} ${B} ${ref}\0`, '0000']), own).refused
    expect(['refs/heads/agent/x', 'refs/tags/v1'].map(pushes)).toEqual([undefined, undefined])
    for (const ref of ['refs/heads/agent', 'refs/heads/agents/x', 'refs/tags/v10', 'refs/heads/main'])
      expect(pushes(ref)).toBe('not_in_scope')
    for (const ref of ['*', 'refs/*', 'refs/heads/a*', 'heads/x', 'refs/heads/../*'])
      expect(accepts({ refs: [ref] }), ref).toBe(ref === 'refs/*')
  })

  it('a push that is not proven to keep what a ref had counts as one that does not (I4b)', () => {
    const own = git.spec.parse(spec({ operations: ['push'] }))
    const named = (change: string, pack: Buffer) => {
      const parsed = git.parse(receive([`${change}\0`, '0000'], pack), own)
      return parsed.refused ?? parsed.operations[0].name
    }
    expect(named(`${A} ${NEXT} refs/heads/main`, FORWARD)).toBe('push.forward')
    for (const change of [`${B} ${NEXT}`, `${A} ${B}`, `${NEXT} ${A}`])
      expect(named(`${change} refs/heads/main`, FORWARD), change).toBe('push.rewrite')
    const bomb = packOf(
      Buffer.concat([Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x10]), deflateSync(Buffer.alloc(1e6))]),
    )
    for (const pack of [PACK, bomb, packOf(deflateSync(COMMIT))])
      expect(named(`${A} ${NEXT} refs/heads/main`, pack)).toBe('push.rewrite')
  })

  it('anchors are in lower case: one repository has one', async () => {
    const wide = git.spec.parse(spec({ repositories: ['Acme/Shop'] }))
    const { operations } = git.parse(discover('/Acme/Shop.git/info/refs?service=git-upload-pack'), wide) as {
      operations: never
    }
    const reader = { host: 'git.example.com', read: () => Promise.reject(new Error('nothing to ask')) }
    expect(await git.resolve(operations, wide, reader)).toMatchObject({
      anchors: ['git.example.com/acme/shop'],
    })
    expect(git.anchor.accepts('git.example.com/Acme/shop')).toBe(false)
  })
})

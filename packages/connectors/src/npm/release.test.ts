import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { packageJson, releaseOf, type TarEntry, tarOf } from '../../test/npm-release.ts'
import type { RefusalCode } from '../refusals.ts'
import { readRelease, writeRelease } from './release.ts'

const app = { name: '@acme/app', version: '1.1.0', dependencies: { left: '^1.0.0' } }
const release = releaseOf(app)

const read = (document: unknown) =>
  readRelease(
    {
      method: 'PUT',
      target: '/@acme%2fapp',
      headers: [['content-type', 'application/json']],
      body: Buffer.from(JSON.stringify(document)),
    },
    app.name,
  )
const first = <T>(all: Record<string, T>): T => {
  const [one] = Object.values(all)
  if (one === undefined) throw new Error('empty')
  return one
}
const archive = (...entries: TarEntry[]) => gzipSync(tarOf([packageJson(app), ...entries]))
const packed = (manifest: object) => releaseOf(app, gzipSync(tarOf([packageJson(manifest)])))
const shown = (members: object) => releaseOf({ ...app, ...members }, archive())

type Case = readonly [what: string, document: unknown, code: RefusalCode, at?: string]

describe('a document of one version is read to its last byte, or refused (I10)', () => {
  it.each<Case>([
    ['another _id', { ...release, _id: 'left' }, 'argument_refused', 'name'],
    ['another name', { ...release, name: '@acme/cli' }, 'argument_refused', 'name'],
    [
      'two versions',
      { ...release, versions: { ...release.versions, '1.0.0': first(release.versions) } },
      'argument_refused',
      'versions',
    ],
    [
      'two tags',
      { ...release, 'dist-tags': { latest: '1.1.0', next: '1.1.0' } },
      'argument_refused',
      'dist-tags',
    ],
    [
      'a tag that is a range',
      { ...release, 'dist-tags': { 'v1.x': '1.1.0' } },
      'argument_refused',
      'dist-tags',
    ],
    [
      'a tag for another version',
      { ...release, 'dist-tags': { latest: '1.0.0' } },
      'argument_refused',
      'version',
    ],
    [
      'two tarballs',
      { ...release, _attachments: { ...release._attachments, 'app-1.1.0.tgz': first(release._attachments) } },
      'argument_refused',
      '_attachments',
    ],
    [
      'a tarball of another name',
      { ...release, _attachments: { '@acme/app-1.0.0.tgz': first(release._attachments) } },
      'argument_refused',
      '_attachments',
    ],
    [
      'a provenance, which nobody here can check',
      {
        ...release,
        _attachments: {
          ...release._attachments,
          '@acme/app-1.1.0.sigstore': {
            content_type: 'application/vnd.dev.sigstore.bundle+json',
            data: '{}',
            length: 2,
          },
        },
      },
      'body_refused',
      '_attachments',
    ],
    ['more said of it than anybody reads', shown({ keywords: 'x'.repeat(300_000) }), 'too_large'],
    ['a revision', { ...release, _rev: '7-a1b2' }, 'body_refused'],
    ['other maintainers', { ...release, maintainers: [{ name: 'eve' }] }, 'body_refused'],
    ['users', { ...release, users: { eve: true } }, 'body_refused'],
    ['a star', { _id: '@acme/app', users: { eve: true } }, 'opaque_input'],
    ['a deprecation', { ...release, _rev: '7-a1b2', _attachments: {} }, 'opaque_input'],
    ['members that are the registry’s', shown({ _npmUser: { name: 'eve' } }), 'argument_refused', 'versions'],
    [
      'a digest that is not the tarball’s',
      { ...release, _attachments: releaseOf(app, archive())._attachments },
      'argument_refused',
      'integrity',
    ],
    [
      'base64 that is not the only spelling',
      {
        ...release,
        _attachments: { '@acme/app-1.1.0.tgz': { ...first(release._attachments), data: 'H4sI\nAAAA' } },
      },
      'argument_refused',
      '_attachments',
    ],
  ])('%s', (_, document, code, at) => {
    expect(() => read(document)).toThrow(expect.objectContaining({ code, at }))
  })

  it.each<Case>([
    [
      'the tarball of another package',
      packed({ ...app, name: '@acme/cli' }),
      'argument_refused',
      'package.json',
    ],
    [
      'the tarball of another version',
      packed({ ...app, version: '1.0.0' }),
      'argument_refused',
      'package.json',
    ],
    ['another dependency', shown({ dependencies: { evil: '*' } }), 'argument_refused', 'dependencies'],
    ['fewer dependencies', shown({ dependencies: {} }), 'argument_refused', 'dependencies'],
    ['another peer', shown({ peerDependencies: { evil: '*' } }), 'argument_refused', 'peerDependencies'],
    ['another script', shown({ scripts: { postinstall: 'node x' } }), 'argument_refused', 'scripts'],
    [
      'a build without its file',
      shown({ scripts: { install: 'node-gyp rebuild' } }),
      'argument_refused',
      'scripts',
    ],
    ['another command', shown({ bin: { git: 'index.js' } }), 'argument_refused', 'bin'],
  ])('shows and packs one and the same: %s', (_, document, code, at) => {
    expect(() => read(document)).toThrow(expect.objectContaining({ code, at }))
  })

  it('takes what npm writes differently in the two for the same', () => {
    const files = { bin: './cli.js', optionalDependencies: { opt: '1' }, dependencies: { left: '^1.0.0' } }
    const written = {
      bin: { app: 'cli.js' },
      dependencies: { left: '^1.0.0', opt: '1' },
      scripts: { test: 'x' },
    }
    const document = releaseOf({ ...app, ...written }, gzipSync(tarOf([packageJson({ ...app, ...files })])))
    expect(read(document)).toMatchObject({ name: '@acme/app', installScripts: [] })
  })
  it('a build that nobody wrote down runs as well, and is seen (I4b)', () => {
    const tarball = archive({ path: 'package/binding.gyp', content: '{}' })
    const written = releaseOf({ ...app, scripts: { install: 'node-gyp rebuild' } }, tarball)
    for (const document of [releaseOf(app, tarball), written])
      expect(read(document)).toMatchObject({ installScripts: ['node-gyp rebuild'] })
  })

  it('what is written is what was read: the tarball, and where it lies', () => {
    const written = JSON.parse(
      writeRelease(read({ ...release, access: 'restricted' }), 'https://npm.example.com'),
    )
    expect(written).toMatchObject({
      access: 'restricted',
      _attachments: release._attachments,
      versions: {
        '1.1.0': {
          dependencies: app.dependencies,
          dist: { tarball: 'https://npm.example.com/@acme/app/-/@acme/app-1.1.0.tgz' },
        },
      },
    })
  })
})

describe('a tarball is what npm will unpack, or refused (I10)', () => {
  const one = tarOf([packageJson(app)])
  const behind = (...more: Uint8Array[]) => Buffer.concat([gzipSync(one), ...more])

  it.each<readonly [what: string, tarball: Buffer]>([
    ['no archive', Buffer.from('hello')],
    ['an archive in an archive’s place', gzipSync(gzipSync(one))],
    ['an archive without an end', gzipSync(tarOf([packageJson(app)], Buffer.alloc(0)))],
    ['bytes behind the archive', behind(Buffer.from('more'))],
    ['an archive behind the archive', behind(gzipSync(tarOf([packageJson({ ...app, x: 1 })])))],
    ['files behind the end', gzipSync(Buffer.concat([one, tarOf([{ path: 'package/x' }])]))],
    ['no package.json', gzipSync(tarOf([{ path: 'package/index.js' }]))],
    ['a second package.json', archive(packageJson({ ...app, scripts: { install: 'x' } }))],
    ['a second one in capitals', archive({ path: 'package/Package.JSON', content: '{}' })],
    ['a second one from another folder', archive({ path: 'other/package.json', content: '{}' })],
    ['a path out of the archive', archive({ path: 'package/../../etc/x', content: '1' })],
    ['an absolute path', archive({ path: '/etc/x', content: '1' })],
    ['a path of another system', archive({ path: 'package\\..\\x', content: '1' })],
    ['a link', archive({ path: 'package/link', type: '2' })],
    ['a hard link', archive({ path: 'package/link', type: '1' })],
    ['a device', archive({ path: 'package/device', type: '3' })],
    ['a sparse file', archive({ path: 'package/x', type: 'S' })],
    ['a long name of GNU', archive({ path: 'package/x', type: 'L', content: 'package/y' })],
    ['a file that is written as a folder', archive({ path: 'package/y/', content: '' })],
    [
      'a name that is no text',
      archive(
        { path: 'x', type: 'x', content: Buffer.from('16 path=pack\xffge\n', 'latin1') },
        { path: 'package/y' },
      ),
    ],
    ['an owner that is no number', archive({ path: 'package/y', uid: '0x10' })],
    ['a file of the oldest form', archive({ path: 'package/y', type: '\0', content: '1' })],
    [
      'a name that only some take for longer',
      archive({ path: 'package/y', prefix: 'other', magic: 'ustar  \0' }),
    ],
    ['a name in two pieces', archive({ path: 'package/y', prefix: `a${'\0'.repeat(140)}b` })],
    ['a global header', archive({ path: 'x', type: 'g', content: '18 path=package/x\n' })],
    ['a header of an unknown kind', archive({ path: 'x', type: 'x', content: '15 GNU.x=abcde\n' })],
    ['a header for nothing', archive({ path: 'x', type: 'x', content: '18 path=package/x\n' })],
    [
      'a header that promises another size',
      archive({ path: 'x', type: 'x', content: '9 size=9\n' }, { path: 'package/y', content: '1' }),
    ],
    ['a file that ends early', archive({ path: 'package/y', content: '1', size: 5000 })],
    ['a folder with a content', archive({ path: 'package/y/', type: '5', content: '1' })],
  ])('%s', (_, tarball) => {
    const refused = expect.objectContaining({ code: 'argument_refused', at: 'tarball' })
    expect(() => read(releaseOf(app, tarball))).toThrow(refused)
  })

  it('a package.json with a member twice is refused', () => {
    const content = '{"name":"@acme/app","version":"1.1.0","version":"1.1.0"}'
    const tarball = gzipSync(tarOf([{ path: 'package/package.json', content }]))
    expect(() => read(releaseOf(app, tarball))).toThrow(expect.objectContaining({ at: 'package.json' }))
  })

  it('a bomb is not unpacked', () => {
    const bomb = archive({ path: 'package/x', content: '0'.repeat(70e6) })
    expect(bomb.length).toBeLessThan(100_000)
    expect(() => read(releaseOf(app, bomb))).toThrow(expect.objectContaining({ code: 'too_large' }))
  })

  it('a long name, as npm writes it, is one', () => {
    const path = `package/${'a'.repeat(120)}.js`
    const record = `${`path=${path}`.length + 5} path=${path}\n`
    const found = read(
      releaseOf(
        app,
        archive({ path: 'PaxHeader/x', type: 'x', content: record }, { path: 'package/aaa', content: '1' }),
      ),
    )
    expect(found).toMatchObject({ files: 2, version: '1.1.0' })
  })
})

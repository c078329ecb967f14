import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** One entry of an archive, as it is written; `type` as POSIX has it. */
export interface TarEntry {
  readonly path: string
  readonly content?: string | Buffer
  readonly type?: string
  /** Instead of what it is. */
  readonly size?: number
  readonly prefix?: string
  readonly magic?: string
  readonly uid?: string
}

const BLOCK = 512

/** An archive written by hand, so that it can be wrong in any way. */
export function tarOf(entries: readonly TarEntry[], end = Buffer.alloc(2 * BLOCK)): Buffer {
  const parts = entries.flatMap(
    ({ path, content = '', type = '0', size, prefix = '', magic = 'ustar\x0000', uid = '' }) => {
      const body = Buffer.from(content)
      const header = Buffer.alloc(BLOCK)
      header.write(path, 0, 100)
      for (const [at, number] of [
        [100, '000644'],
        [108, uid],
        [116, ''],
      ] as const)
        header.write(number.padEnd(8, '\0'), at, 'latin1')
      header.write(`${(size ?? body.length).toString(8).padStart(11, '0')} 00000000000 `, 124, 'latin1')
      header.write(' '.repeat(8), 148, 'latin1')
      header.write(type, 156, 'latin1')
      header.write(magic, 257, 'latin1')
      header.write(prefix, 345, 'latin1')
      const sum = header.reduce((total, byte) => total + byte, 0)
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
      return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]
    },
  )
  return Buffer.concat([...parts, end])
}

export const packageJson = (manifest: object): TarEntry => ({
  path: 'package/package.json',
  content: JSON.stringify(manifest),
})

type Manifest = { readonly name: string; readonly version: string; readonly [member: string]: unknown }

/** The document that `npm publish` sends for a package of these files. */
export function releaseOf(
  manifest: Manifest,
  tarball: Buffer = gzipSync(tarOf([packageJson(manifest), { path: 'package/index.js', content: '1' }])),
) {
  const { name, version } = manifest
  const file = `${name}-${version}.tgz`
  return {
    _id: name,
    name,
    'dist-tags': { latest: version } as Record<string, string>,
    versions: {
      [version]: {
        ...manifest,
        _id: `${name}@${version}`,
        _nodeVersion: '26.10.0',
        dist: {
          integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
          shasum: createHash('sha1').update(tarball).digest('hex'),
          tarball: `http://registry.npmjs.org/${name}/-/${file}`,
        },
      },
    } as Record<string, unknown>,
    access: null as string | null,
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    } as Record<string, object>,
  }
}

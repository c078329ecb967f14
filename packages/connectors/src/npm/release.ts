import { createHash } from 'node:crypto'
import type { Json } from '@credbroker/core/canonical-json'
import { LIMITS } from '@credbroker/core/limits'
import { z } from 'zod'
import { jsonObject } from '../guard/strict-json.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest } from '../request.ts'
import { bareName } from './names.ts'
import type { ReleaseArguments } from './operation.ts'
import { checkSameManifest, runsOnInstall } from './same-manifest.ts'
import { unpack } from './tarball.ts'
import { isTag, isVersion } from './versions.ts'

const json = z.custom<Json>(() => true)
const manifest = z
  .object({
    name: z.string(),
    version: z.string(),
    _id: z.string().optional(),
    dist: z.strictObject({ integrity: z.string(), shasum: z.string(), tarball: z.string().optional() }),
  })
  .catchall(json)

/** What `npm publish` sends: one version, one dist-tag, one tarball. */
const document = z.strictObject({
  _id: z.string(),
  name: z.string(),
  description: json.optional(),
  'dist-tags': z.record(z.string(), z.string()),
  versions: z.record(z.string(), manifest),
  access: z.enum(['public', 'restricted']).nullable().default(null),
  _attachments: z.record(
    z.string(),
    z.strictObject({
      content_type: z.literal('application/octet-stream'),
      data: z.string(),
      length: z.number(),
    }),
  ),
})

/** Members of a manifest that are no package's own, and which registries take for theirs. */
const OURS = new Set(['_nodeVersion', '_npmVersion', '_integrity', '_resolved', '_from'])

/**
 * A document of `name`, read to its last byte: its tarball is unpacked, its digests are computed again.
 *
 * @throws {Refused}
 */
export function readRelease(request: ClientRequest, name: string): ReleaseArguments {
  const body = jsonObject(request)
  // Deprecations and stars are such documents too: all that is known of a package, as the client would have it.
  if (Object.keys(body['_attachments'] ?? {}).length === 0) throw new Refused('opaque_input')
  const parsed = document.safeParse(body, { reportInput: false })
  if (!parsed.success) throw new Refused('body_refused', placeOf(parsed.error))
  const { versions, 'dist-tags': tags, _attachments: attachments, access, description } = parsed.data
  const [version, shown] = only(versions, 'versions')
  const [tag, tagged] = only(tags, 'dist-tags')
  const [file, { data, length }] = only(attachments, '_attachments')
  const { name: shownName, version: shownVersion, _id: id, dist, ...rest } = shown
  const { description: shownDescription } = rest
  const right = (at: string, holds: boolean) => {
    if (!holds) throw new Refused('argument_refused', at)
  }
  right(
    'name',
    [parsed.data._id, parsed.data.name, shownName].every((each) => each === name),
  )
  right('version', isVersion(version) && shownVersion === version && tagged === version)
  right('_id', id === undefined || id === `${name}@${version}`)
  right('dist-tags', isTag(tag))
  right('_attachments', file === `${name}-${version}.tgz` || file === fileName(name, version))
  right('description', description === undefined || description === shownDescription)
  right(
    'versions',
    Object.keys(rest).every((member) => !/^[_$]/.test(member) || OURS.has(member)),
  )
  // All of it is shown to whoever approves; the tarball is what may be long.
  if (JSON.stringify(rest).length > LIMITS.bodyBytes) throw new Refused('too_large')

  const tarball = Buffer.from(data, 'base64')
  right('_attachments', tarball.toString('base64') === data && tarball.length === length)
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  right('integrity', dist.integrity === integrity && dist.shasum === sha1(tarball))
  right('tarball', dist.tarball === undefined || dist.tarball.endsWith(`/${name}/-/${file}`))
  const found = unpack(tarball)
  const { name: packedName, version: packedVersion } = found.manifest
  right('package.json', packedName === name && packedVersion === version)
  checkSameManifest({ name, ...rest }, found)
  return {
    name,
    version,
    tag,
    access,
    integrity,
    bytes: tarball.length,
    unpackedBytes: found.bytes,
    files: found.files,
    installScripts: runsOnInstall(found),
    manifest: rest,
    tarball: data,
  }
}

/** The document of these, in npm's own order. Where the tarball will lie is the registry's to say; they all write it anew. */
export function writeRelease(release: ReleaseArguments, registry: string): string {
  const { name, version, tag, access, integrity, bytes, manifest, tarball } = release
  const file = `${name}-${version}.tgz`
  const { description } = manifest
  const shasum = sha1(Buffer.from(tarball, 'base64'))
  const dist = { integrity, shasum, tarball: `${registry}/${name}/-/${file}` }
  return JSON.stringify({
    _id: name,
    name,
    ...(description !== undefined && { description }),
    'dist-tags': { [tag]: version },
    versions: { [version]: { name, version, ...manifest, _id: `${name}@${version}`, dist } },
    access,
    _attachments: { [file]: { content_type: 'application/octet-stream', data: tarball, length: bytes } },
  })
}

export const fileName = (name: string, version: string): string => `${bareName(name)}-${version}.tgz`

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex')

function only<T>(all: { readonly [name: string]: T }, at: string): readonly [string, T] {
  const [first, ...others] = Object.entries(all)
  if (first === undefined || others.length > 0) throw new Refused('argument_refused', at)
  return first
}

/** Which of the document's own members is wrong; never a name that the client gave. */
const placeOf = ({ issues }: z.ZodError): string | undefined => {
  const [first] = issues[0]?.path ?? []
  return typeof first === 'string' && Object.hasOwn(document.shape, first) ? first : undefined
}

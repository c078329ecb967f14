import { createHash } from 'node:crypto'
import npm from '@credbroker/connectors/kinds/npm'
import type { UpstreamRequest } from '@credbroker/connectors/request'
import type { Json } from '@credbroker/core/canonical-json'
import { releaseOf } from '../../../packages/connectors/test/npm-release.ts'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject, Understood } from '../differential.ts'
import { READINGS, type Reading } from './readings.ts'

const release = releaseOf({ name: '@acme/app', version: '1.1.0' })

interface Published {
  readonly name: string
  readonly 'dist-tags': Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, { readonly name: string; readonly version: string }>>
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>
}

/** What a registry would publish: of which package, which versions, under which tags, and which tarballs. */
const publishing = (body: string): Json => {
  const { name, versions, 'dist-tags': tags, _attachments } = JSON.parse(body) as Published
  return {
    name,
    versions: Object.values(versions).map((one) => `${one.name}@${one.version}`),
    tags: { ...tags },
    tarballs: Object.values(_attachments).map(({ data }) =>
      createHash('sha512').update(Buffer.from(data, 'base64')).digest('base64'),
    ),
  }
}

const server =
  (read: Reading) =>
  ({ method, target, body }: UpstreamRequest): Understood => {
    // A scope's slash is encoded, and every server of the protocol puts it back.
    const { segments, query } = read(target.replace(/%2f/i, '/'))
    const under = segments[0] === '-' ? segments.slice(0, segments[1] === 'stage' ? 3 : 2).join('/') : ''
    const rest = segments.slice(under === '' ? 0 : under.split('/').length)
    const scoped = rest[0]?.startsWith('@') ?? false
    const name = rest.slice(0, scoped ? 2 : 1).join('/')
    const tail = rest.slice(scoped ? 2 : 1).join('/')
    const sent =
      under === '-/package' || method === 'DELETE'
        ? body === undefined
          ? null
          : (JSON.parse(body) as Json)
        : body === undefined
          ? null
          : publishing(body)
    return [{ name: method, arguments: { under, name, tail, fresh: query.has('write'), sent } }]
  }

export const npmSubject: Subject = {
  connector: npm,
  spec: npm.spec.parse({
    packages: ['@acme/*', 'acme-cli'],
    public: ['*', '@types/*'],
    operations: ['read', 'stage', 'publish', 'distTagSet', 'distTagRemove', 'unpublish'],
  }),
  seeds: [
    asked('GET', '/@acme%2fapp', undefined, [['accept', 'application/vnd.npm.install-v1+json; q=1.0, */*']]),
    asked('GET', '/acme-cli?write=true'),
    asked('GET', '/@acme/app/latest'),
    asked('GET', '/@acme/app/-/app-1.0.0-rc.1.tgz'),
    asked('GET', '/-/package/@acme%2fapp/dist-tags'),
    asked('PUT', '/@acme%2fapp', release),
    asked('POST', '/-/stage/package/@acme%2fapp', release),
    asked('PUT', '/-/package/@acme%2fapp/dist-tags/latest', '"1.0.0"'),
    asked('DELETE', '/-/package/acme-cli/dist-tags/next'),
    asked('DELETE', '/@acme%2fapp/-rev/7-a1b2'),
  ],
  words: [
    '@acme',
    'app',
    'acme-cli',
    '@types',
    'node',
    'left',
    '%2f',
    '%2F',
    '/-/',
    'dist-tags',
    'latest',
    'next',
    '1.1.0',
    '1.0.0',
    '-rev',
    '.tgz',
    '/-/package/',
    '/-/stage/',
    'versions',
    '"@acme/app"',
    '"_rev":"1-a",',
    '_attachments',
    '@acme/app-1.1.0.tgz',
    '?write=true',
    'publish',
    'scripts',
  ], // prettier-ignore
  told: toldOf,
  servers: Object.fromEntries(Object.entries(READINGS).map(([name, read]) => [name, server(read)])),
}

type Given = Readonly<Record<string, Json>>

function toldOf({ name, arguments: given }: { readonly name: string; readonly arguments: Given }): Json {
  const about = String(given['name'] ?? '')
  const plain = { under: '', name: about, tail: '', fresh: false, sent: null as Json }
  const told = (method: string, more: Partial<typeof plain>) => ({
    name: method,
    arguments: { ...plain, ...more },
  })
  switch (name) {
    case 'read':
      return told('GET', readTold(given, about))
    case 'publish':
      return told('PUT', { sent: releaseTold(given) })
    case 'stage':
      return told('POST', { under: '-/stage/package', sent: releaseTold(given) })
    case 'distTagSet':
      return told('PUT', {
        under: '-/package',
        tail: `dist-tags/${given['tag']}`,
        sent: given['version'] ?? null,
      })
    case 'distTagRemove':
      return told('DELETE', { under: '-/package', tail: `dist-tags/${given['tag']}` })
    default:
      return told('DELETE', { tail: `-rev/${given['revision']}` })
  }
}

function readTold(given: Given, about: string) {
  const { what, version, fresh } = given
  if (what === 'packument') return { fresh: fresh === true }
  if (what === 'version') return { tail: String(version) }
  if (what === 'tarball') return { tail: `-/${about.split('/').at(-1)}-${version}.tgz` }
  if (what === 'distTags') return { under: '-/package', tail: 'dist-tags' }
  return what === 'keys' ? { under: '-/npm', name: 'v1', tail: 'keys' } : { under: `-/${what}` }
}

const releaseTold = ({ name, version, tag, tarball }: Given): Json => ({
  name: name ?? null,
  versions: [`${name}@${version}`],
  tags: { [String(tag)]: version ?? null },
  tarballs: [
    createHash('sha512')
      .update(Buffer.from(String(tarball), 'base64'))
      .digest('base64'),
  ],
})

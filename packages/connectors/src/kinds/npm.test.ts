import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import { releaseOf } from '../../test/npm-release.ts'
import npm from './npm.ts'

const app = { name: '@acme/app', version: '1.1.0', dependencies: { left: '^1.0.0' } }
const release = releaseOf(app)
const given = {
  packages: ['@acme/*', 'acme-cli'],
  public: ['*', '@types/*'],
  operations: ['read', 'stage', 'publish', 'distTagSet', 'distTagRemove', 'unpublish'],
}
const put = (document: unknown, target = '/@acme%2fapp') => asked('PUT', target, document)

connectorContract(npm, {
  root: { token: 'npm_4b1f8a90c2d74b1f8a90c2d7' },
  secret: 'npm_4b1f8a90c2d74b1f8a90c2d7',
  spec: given,
  samples: [
    ...[
      ['/@acme%2fapp', [['accept', 'application/vnd.npm.install-v1+json; q=1.0, */*']]],
      ['/acme-cli?write=true', []],
      ['/@acme/app/latest', []],
      ['/@acme/app/-/app-1.0.0-rc.1.tgz', []],
      ['/-/package/@acme%2fapp/dist-tags', []],
    ].map(([target, headers]) => ({
      request: asked('GET', target as string, undefined, headers as [string, string][]),
      operation: 'read',
      access: ['read'] as const,
      anchors: [`registry.npmjs.org/${String(target).includes('cli') ? 'acme-cli' : '@acme/app'}`],
    })),
    {
      request: put({ ...release, access: 'public' }),
      operation: 'publish',
      access: ['write', 'execute'],
      anchors: ['registry.npmjs.org/@acme/app'],
    },
    {
      request: asked('POST', '/-/stage/package/@acme%2fapp', release),
      operation: 'stage',
      access: ['write'],
      anchors: ['registry.npmjs.org/@acme/app'],
    },
    {
      request: asked('PUT', '/-/package/@acme%2fapp/dist-tags/latest', '"1.0.0"'),
      operation: 'distTagSet',
      access: ['write', 'execute'],
      anchors: ['registry.npmjs.org/@acme/app'],
    },
    {
      request: asked('DELETE', '/-/package/acme-cli/dist-tags/next'),
      operation: 'distTagRemove',
      access: ['delete'],
      anchors: ['registry.npmjs.org/acme-cli'],
    },
    {
      request: asked('DELETE', '/@acme%2fapp/-rev/7-a1b2'),
      operation: 'unpublish',
      access: ['delete'],
      anchors: ['registry.npmjs.org/@acme/app'],
    },
  ],
  refused: {
    'a package of another scope': asked('GET', '/@other%2fapp'),
    'a package without a scope, to publish': put(releaseOf({ ...app, name: 'left' }), '/left'),
    'a scope that begins like ours': asked('GET', '/@acme-evil%2fapp'),
    'a scope in capitals': asked('GET', '/@Acme%2fapp'),
    'a name beyond ASCII': asked('GET', '/@acme%2f%D0%B0pp'),
    'a scope alone': asked('GET', '/@acme'),
    'a slash encoded twice': asked('GET', '/@acme%252fapp'),
    'an encoded @': asked('GET', '/%40acme%2fapp'),
    'a path out of the package': asked('GET', '/@acme%2f../@other/app'),
    'dots behind an encoded slash': asked('GET', '/@acme%2f..%2fother'),
    'another slash encoded': asked('GET', '/@acme%2fapp%2flatest'),
    'a tarball of another package in our folder': asked('GET', '/@acme/app/-/other-1.0.0.tgz'),
    'a tarball that goes elsewhere': asked('GET', '/@acme/app/-/app-1.0.0.tgz/../../x'),
    'a tarball without a version': asked('GET', '/@acme/app/-/app-latest.tgz'),
    'a range as a version': asked('GET', '/@acme/app/%5E1.0.0'),
    'the search': asked('GET', '/-/v1/search?text=x'),
    'an audit': asked('POST', '/-/npm/v1/security/advisories/bulk', { left: ['1.0.0'] }),
    tokens: asked('GET', '/-/npm/v1/tokens'),
    'a new token': asked('POST', '/-/npm/v1/tokens', { password: 'x', readonly: false }),
    'a login': asked('PUT', '/-/user/org.couchdb.user:eve', { name: 'eve', password: 'x' }),
    'an organisation': asked('GET', '/-/org/acme/user'),
    'a team': asked('PUT', '/-/team/acme/developers/user', { user: 'eve' }),
    hooks: asked('POST', '/-/npm/v1/hooks/hook', { type: 'package' }),
    'trusted publishing': asked('POST', '/-/npm/v1/oidc/token/exchange/package/@acme%2fapp'),
    'who may use it': asked('POST', '/-/package/@acme%2fapp/access', { access: 'public' }),
    owners: asked('PUT', '/@acme%2fapp/-rev/7-a1b2', { _id: '@acme/app', maintainers: [] }),
    'a whole document in place of the old one': asked('PUT', '/@acme%2fapp/-rev/7-a1b2', release),
    'a deprecation, which is a document without a tarball': put({ ...release, _attachments: {} }),
    'a star': put({ _id: '@acme/app', users: { eve: true } }),
    'a tarball alone, gone': asked('DELETE', '/@acme/app/-/app-1.0.0.tgz/-rev/7-a1b2'),
    'all tags at once': asked('PUT', '/-/package/@acme%2fapp/dist-tags', { latest: '1.0.0' }),
    'a tag that is a range': asked('PUT', '/-/package/@acme%2fapp/dist-tags/v1', '"1.0.0"'),
    'a tag for a tag': asked('PUT', '/-/package/@acme%2fapp/dist-tags/next', '"latest"'),
    'what is staged, let out': asked('POST', '/-/stage/11111111-0000-4000-8000-000000000001/approve'),
    'a route that nobody has looked at': asked('GET', '/-/npm/v2/anything'),
    'a document for another path': put(release, '/acme-cli'),
    'a document with a revision': put({ ...release, _rev: '7-a1b2' }),
  },
  reaches: ['registry.npmjs.org'],
  vendor: (_, target) => {
    if (target === '/-/whoami') return { status: 200, body: '{"username":"acme-bot"}' }
    if (target === '/@acme%2fapp')
      return {
        status: 200,
        body: JSON.stringify({
          name: '@acme/app',
          'dist-tags': { latest: '1.0.0' },
          versions: { '0.9.0': {}, '1.0.0': {} },
        }),
      }
    return { status: 200, body: '{"latest":"1.0.0"}' }
  },
})

describe('the registry of npm', () => {
  const spec = npm.spec.parse(given)
  const operationOf = (request: ReturnType<typeof asked>) => {
    const parsed = npm.parse(request, spec)
    if (parsed.refused !== undefined) throw new Error(`refused: ${parsed.refused} ${parsed.at ?? ''}`)
    return parsed.operations
  }
  const host = 'registry.npmjs.org'
  const answering = (status: number, body: string) => ({ host, read: async () => ({ status, body }) })

  it('whoever approves sees what runs wherever the version is installed', async () => {
    const risky = { ...app, scripts: { postinstall: 'node x', test: 'x' } }
    const found = await npm.resolve(
      operationOf(put(releaseOf(risky))),
      spec,
      answering(200, '{"latest":"1.0.0"}'),
    )
    expect(found).toMatchObject({
      is: 'resolved',
      facts: { installScripts: ['postinstall'], tag: 'latest', latest: '1.0.0', newPackage: false, files: 2 },
    })
  })

  it.each(['{"error":"Not found"}', '"Not Found"', '{"error":"no such package available"}'])(
    'a name that the registry does not have (%s) is a new package, and nothing else may be done with it',
    async (body) => {
      expect(await npm.resolve(operationOf(put(release)), spec, answering(404, body))).toMatchObject({
        facts: { newPackage: true, latest: '' },
      })
      const unpublish = operationOf(asked('DELETE', '/@acme%2fapp/-rev/7-a1b2'))
      expect(await npm.resolve(unpublish, spec, answering(404, body))).toEqual({ is: 'unresolved' })
    },
  )

  it('what anybody may read belongs to nobody, and only to read', async () => {
    for (const target of ['/left', '/@types%2fnode', '/JSONStream', '/-/ping', '/-/whoami', '/-/npm/v1/keys'])
      expect(await npm.resolve(operationOf(asked('GET', target)), spec, answering(500, ''))).toEqual({
        is: 'nowhere',
      })
    const tag = asked('PUT', '/-/package/left/dist-tags/latest', '"1.0.0"')
    expect(npm.parse(tag, spec)).toEqual({ refused: 'not_in_scope' })
  })

  it('an operation that the scope does not name is refused, and its name is said', () => {
    const reading = npm.spec.parse({ ...given, operations: ['read', 'stage'] })
    expect(npm.parse(put(release), reading)).toEqual({ refused: 'not_in_scope', at: 'publish' })
  })

  it('a root of another registry does not fit', async () => {
    const elsewhere = { host: 'npm.example.com', read: async () => ({ status: 200, body: '{}' }) }
    expect(await npm.resolve(operationOf(asked('GET', '/acme-cli')), spec, elsewhere)).toEqual({
      is: 'unresolved',
    })
  })

  it('headers of npm’s own, a one-time password among them, go no further', () => {
    const headers = [
      ['npm-otp', '123456'],
      ['npm-session', 'abc'],
      ['npm-auth-type', 'web'],
      ['npm-command', 'publish'],
    ] as const
    const sent = npm.rebuild(operationOf(asked('PUT', '/@acme%2fapp', release, headers)), spec)
    expect(Object.keys(sent.headers).sort()).toEqual(['accept', 'content-type'])
  })

  it('says of a token that it may be for everything, because the registry says nothing else (I2)', async () => {
    const root = npm.root.parse({ token: 'npm_4b1f8a90c2d7' })
    expect(await npm.reach(root, answering(200, '{"username":"acme-bot"}'))).toMatchObject({
      reach: [host],
      complete: true,
      identity: 'acme-bot',
      findings: [{ level: 'advice', code: 'reach-unknown' }],
    })
    for (const [status, body] of [
      [401, '{}'],
      [200, '{}'],
      [200, 'x'],
    ] as const)
      await expect(npm.reach(root, answering(status, body))).rejects.toMatchObject({ code: 'vendor_refused' })
  })

  it.each([
    [`${host}`, true],
    [`${host}/@acme`, true],
    [`${host}/@acme/app`, true],
    [`${host}/JSONStream`, true],
    ['127.0.0.1:4873/@acme/app', true],
    [`${host}/`, false],
    [`${host}/@Acme/app`, false],
    [`${host}/@acme/app/x`, false],
    [`${host}/acme/app`, false],
    [`${host}/-`, false],
    [`${host}/..`, false],
    [`https://${host}`, false],
    ['', false],
  ])('the anchor %s: %s', (anchor, accepted) => expect(npm.anchor.accepts(anchor)).toBe(accepted))
})

import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import { asked } from '../../../../test/contracts/connector/subject.ts'
import { connectorContract } from '../../../../test/contracts/connector.ts'
import { neededFor } from '../../../../test/harness/github-routes.ts'
import { graphqlRefused, graphqlSamples, graphqlVendor } from '../../test/github-graphql.ts'
import { CLOSED_ENTRIES, ENTRIES } from '../github/catalogue.ts'
import { NAMES } from '../github/operations.ts'
import github from './github.ts'

const SHA = 'a'.repeat(40)
const TOKEN = 'ghs_1042_eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl-example'
const all = [...NAMES]
const at = (method: string, path: string, body?: unknown) => asked(method, `/repos/Acme/shop${path}`, body)

connectorContract(github, {
  root: { token: TOKEN },
  secret: TOKEN,
  reaches: ['71', '72'],
  spec: { repositories: ['acme/Shop'], operations: all },
  samples: [
    ['repos/get', at('GET', ''), ['read']],
    ['repos/get-content', at('GET', '/contents/src/a%20b.ts?ref=feature/x'), ['read']],
    [
      'repos/create-or-update-file-contents',
      at('PUT', '/contents/README', { message: 'm', content: 'YQ==', sha: SHA }),
      ['write'],
    ],
    [
      'repos/create-or-update-file-contents.workflow',
      at('PUT', '/contents/.github/workflows/ci.yml', { message: 'm', content: 'YQ==' }),
      ['execute'],
    ],
    ['repos/delete-file', at('DELETE', '/contents/README', { message: 'm', sha: SHA }), ['write']],
    ['git/create-ref', at('POST', '/git/refs', { ref: 'refs/heads/x', sha: SHA }), ['write']],
    ['git/update-ref', at('PATCH', '/git/refs/heads/x', { sha: SHA }), ['write']],
    ['git/update-ref', at('PATCH', '/git/refs/heads/x', { sha: SHA, force: false }), ['write']],
    ['git/update-ref.force', at('PATCH', '/git/refs/heads/x', { sha: SHA, force: true }), ['delete']],
    ['git/delete-ref', at('DELETE', '/git/refs/heads/a/b'), ['delete']],
    ['pulls/list', at('GET', '/pulls?state=open&per_page=50'), ['read']],
    [
      'pulls/create',
      at('POST', '/pulls', { title: 't', head: 'me:x', base: 'main', body: 'Å “b”' }),
      ['write'],
    ],
    ['pulls/merge', at('PUT', '/pulls/7/merge', { merge_method: 'squash' }), ['write']],
    ['issues/create-comment', at('POST', '/issues/7/comments', { body: 'b' }), ['write']],
    ['issues/delete-comment', at('DELETE', '/issues/comments/7'), ['delete']],
    [
      'actions/create-workflow-dispatch',
      at('POST', '/actions/workflows/ci.yml/dispatches', { ref: 'main', inputs: { a: 'b' } }),
      ['execute'],
    ],
    [
      'actions/re-run-workflow',
      at('POST', '/actions/runs/7/rerun', { enable_debug_logging: false }),
      ['execute'],
    ],
    ['actions/list-repo-secrets', at('GET', '/actions/secrets'), ['secret']],
    [
      'actions/create-or-update-repo-secret',
      at('PUT', '/actions/secrets/KEY', { encrypted_value: 'YQ==', key_id: '1' }),
      ['admin', 'secret'],
    ],
    ['repos/delete-release', at('DELETE', '/releases/7'), ['delete']],
    ...graphqlSamples,
  ].map(([operation, request, access]) => ({
    operation: operation as string,
    request: request as ReturnType<typeof asked>,
    access: access as 'read'[],
    anchors: ['71'],
  })),
  refused: {
    'another repository': asked('GET', '/repos/acme/ledger'),
    'a repository by its number': asked('GET', '/repositories/71'),
    'an account': asked('GET', '/user'),
    'an organisation': asked('GET', '/orgs/acme/members'),
    'the App’s own tokens': asked('DELETE', '/installation/token'),
    ...graphqlRefused,
    'a search over everything': asked('GET', '/search/code?q=x'),
    'what nobody classified': at('POST', '/dispatches', { event_type: 'x' }),
    'the protection of a branch, read as a branch': at('GET', '/branches/main/protection'),
    'the administration of a repository': at('PATCH', '', { visibility: 'public' }),
    'the deletion of a repository': at('DELETE', ''),
    'a deploy key': at('POST', '/keys', { key: 'ssh-ed25519 x' }),
    'a hook': at('POST', '/hooks', { config: { url: 'https://evil.example' } }),
    'a member': at('PUT', '/collaborators/mallory', {}),
    'a way up': at('GET', '/contents/../../ledger/contents/a'),
    'a ref that climbs': at('GET', '/git/ref/heads/..%2fx'),
    'a pull request without a base': at('POST', '/pulls', { title: 't', head: 'x' }),
    'a pull request from elsewhere': at('POST', '/pulls', {
      title: 't',
      head: 'x',
      base: 'main',
      head_repo: 'mallory/x',
    }),
    'a force that is no boolean': at('PATCH', '/git/refs/heads/x', { sha: SHA, force: 'true' }),
    'a force that is a number': at('PATCH', '/git/refs/heads/x', { sha: SHA, force: 1 }),
    'inputs that are no texts': at('POST', '/actions/workflows/ci.yml/dispatches', {
      ref: 'main',
      inputs: { a: {} },
    }),
    'a query that nobody declared': at('GET', '?_method=DELETE'),
  },
  vendor: (body, target) => {
    if (target === '/graphql') return graphqlVendor(body)
    if (target === '/repos/acme/shop') return { status: 200, body: '{"id":71,"full_name":"acme/Shop"}' }
    const repositories = '[{"id":71,"full_name":"acme/Shop"},{"id":72,"full_name":"acme/x"}]'
    return target.startsWith('/installation/repositories?')
      ? { status: 200, body: `{"total_count":2,"repositories":${repositories}}` }
      : { status: 404, body: '{}' }
  },
})

describe('the catalogue of GitHub', () => {
  const spec = (operations: string[], repositories = ['acme/shop']) =>
    github.spec.parse({ operations, repositories })

  it('asks for the permissions that GitHub asks for, of every operation (I4b)', () => {
    for (const { name, method, parts, permissions } of [...ENTRIES, ...CLOSED_ENTRIES]) {
      const filled = parts.map((part) =>
        'is' in part ? part.is : part.parameter === 'ref' && part.rest ? 'heads/x' : '7',
      )
      const rest = name.endsWith('.workflow') ? 'contents/.github/workflows/x' : filled.join('/')
      const needed = neededFor(method, rest)
      if (needed) expect(permissions, name).toEqual(Object.fromEntries(needed))
      else
        expect(
          CLOSED_ENTRIES.some((each) => each.name === name),
          name,
        ).toBe(true)
    }
  })

  it('the token behind a scope may do what its operations need, and nothing else', () => {
    expect(
      github.inner?.allow(spec(['repos/get-content', 'pulls/create', 'pulls/merge'], ['71', 'acme/x'])),
    ).toEqual({
      repositories: ['71', 'acme/x'],
      permissions: { metadata: 'read', contents: 'write', pull_requests: 'write' },
    })
  })

  it('each level above read is in the name of an operation: the plain one has the least', () => {
    for (const { name, access } of ENTRIES.filter((each) => each.name.includes('.'))) {
      const plain = ENTRIES.find((each) => each.name === name.split('.')[0])
      expect(access, name).toEqual(expect.arrayContaining([...(plain?.access ?? [])]))
    }
  })

  it('what is known and never allowed is named as that, and what is unknown as unknown', () => {
    const any = spec(all)
    expect(github.parse(at('DELETE', ''), any).refused).toBe('administration_refused')
    expect(github.parse(at('POST', '/rulesets', {}), any).refused).toBe('administration_refused')
    expect(github.parse(at('POST', '/dispatches', {}), any).refused).toBe('unclassified')
  })

  it('a workflow is no file like others, however it is spelled', () => {
    const plain = spec(['repos/create-or-update-file-contents'])
    const put = (file: string) =>
      github.parse(at('PUT', `/contents/${file}`, { message: 'm', content: 'YQ==' }), plain)
    expect(put('src/a.ts').refused).toBeUndefined()
    for (const file of [
      '.github/workflows/a.yml',
      '.github/workflows/b/c',
      '.GitHub/Workflows/a.yml',
      '%2egithub/workflows/a',
    ])
      expect(put(file).refused, file).toBeDefined()
  })

  it('I2 a name that was given up, or means another repository than the scope’s, is unresolved', async () => {
    const resolved = (body: object, repositories: string[], status = 200) => {
      const of = spec(['repos/get'], repositories)
      const parsed = github.parse(at('GET', ''), of) as { operations: never }
      const reader = { host: 'api.github.com', read: async () => ({ status, body: JSON.stringify(body) }) }
      return github.resolve(parsed.operations, of, reader)
    }
    const own = { id: 71, full_name: 'Acme/Shop' }
    expect(await resolved(own, ['71'])).toMatchObject({ is: 'resolved', anchors: ['71'] })
    expect(await resolved(own, ['acme/shop'])).toMatchObject({ is: 'resolved', anchors: ['71'] })
    expect(await resolved(own, ['72'])).toEqual({ is: 'unresolved' })
    expect(await resolved({ ...own, full_name: 'acme/store' }, ['acme/shop'])).toEqual({ is: 'unresolved' })
    expect(await resolved(own, ['71'], 301)).toEqual({ is: 'unresolved' })
    expect(await resolved({ id: '71/x', full_name: 'acme/shop' }, ['71'])).toEqual({ is: 'unresolved' })
  })

  it('I1 strikes tokens of GitHub’s own form out of an answer, also those that are not ours', () => {
    const redact = github.redact([new Secret(TOKEN)])
    const other = `ghs_7_${'x'.repeat(40)}.${'y'.repeat(40)}-z`
    const out = Buffer.concat([
      redact.write(Buffer.from(`{"a":"${TOKEN}","b":"${other}"}`)),
      redact.end(),
    ]).toString()
    expect(out).toBe('{"a":"[secret]","b":"[secret]"}')
  })
})

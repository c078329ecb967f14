import github from '@credbroker/connectors/kinds/github'
import type { UpstreamRequest } from '@credbroker/connectors/request'
import type { Json } from '@credbroker/core/canonical-json'
import { asked } from '../../contracts/connector/subject.ts'
import type { Subject, Understood } from '../differential.ts'
import { GRAPHQL_SEEDS, GRAPHQL_WORDS, understoodGraphql } from './github-graphql.ts'

const SHA = 'a'.repeat(40)
const at = (method: string, path: string, body?: unknown) => asked(method, `/repos/acme/shop${path}`, body)

/** What GitHub would do, by the parts of a path. */
function nameOf(method: string, rest: readonly string[], body: Record<string, Json>): string {
  const [first = '', second = '', third = ''] = rest
  const route = `${method} ${first}/${rest.length}`
  if (first === 'contents' && rest.length > 1) {
    const plain = {
      GET: 'repos/get-content',
      PUT: 'repos/create-or-update-file-contents',
      DELETE: 'repos/delete-file',
    }[method]
    const runs = method !== 'GET' && second === '.github' && third.startsWith('workflows')
    return `${plain}${runs ? '.workflow' : ''}`
  }
  if (first === 'git' && second === 'refs' && method === 'PATCH')
    return body['force'] === true ? 'git/update-ref.force' : 'git/update-ref'
  if (first === 'git' && second === 'refs' && method === 'DELETE') return 'git/delete-ref'
  if (route === 'GET pulls/1') return 'pulls/list'
  if (route === 'POST pulls/1') return 'pulls/create'
  if (route === 'PUT pulls/3' && third === 'merge') return 'pulls/merge'
  if (route === 'POST issues/3' && third === 'comments') return 'issues/create-comment'
  if (route === 'DELETE issues/3' && second === 'comments') return 'issues/delete-comment'
  if (route === 'POST actions/4' && second === 'workflows') return 'actions/create-workflow-dispatch'
  if (route === 'DELETE releases/2') return 'repos/delete-release'
  if (method === 'GET' && rest.length === 0) return 'repos/get'
  return `none: ${route}`
}

type Split = (target: string) => { readonly segments: readonly string[]; readonly query: URLSearchParams }

const standard: Split = (target) => {
  const { pathname, searchParams } = new URL(target, 'https://api.github.com')
  return { segments: pathname.slice(1).split('/').map(decodeURIComponent), query: searchParams }
}
const eager: Split = (target) => {
  const [path = '', query = ''] = target.split('?')
  const segments: string[] = []
  for (const part of decodeURIComponent(path).split(/[/\\]/))
    if (part === '..') segments.pop()
    else if (part !== '' && part !== '.') segments.push(part)
  return { segments, query: new URLSearchParams(query) }
}

const server =
  (split: Split) =>
  (sent: UpstreamRequest): Understood | undefined => {
    const { method, target, body } = sent
    const { segments, query } = split(target)
    if (segments[0] === 'graphql') return understoodGraphql(sent)
    const [repos, owner, repo, ...path] = segments
    const given = body === undefined ? undefined : (JSON.parse(body) as Record<string, Json>)
    const name = repos === 'repos' ? nameOf(method, path, given ?? {}) : 'none'
    const args = { repository: `${owner}/${repo}`, path, query: Object.fromEntries(query) }
    return [{ name, arguments: { ...args, ...(given && { body: given }) } }]
  }

const operations = [
  'repos/get',
  'repos/get-content',
  'repos/create-or-update-file-contents',
  'repos/create-or-update-file-contents.workflow',
  'repos/delete-file',
  'git/update-ref',
  'git/update-ref.force',
  'git/delete-ref',
  'pulls/list',
  'pulls/create',
  'pulls/merge',
  'issues/create-comment',
  'issues/delete-comment',
  'actions/create-workflow-dispatch',
  'repos/delete-release',
  'query.repository',
  'query.repository.contents',
  'query.repository.issues',
  'query.repository.pulls',
  'createIssue',
  'updateRef',
  'updateRef.force',
  'deleteRef',
  'createCommitOnBranch',
  'createCommitOnBranch.workflow',
]

export const githubSubject: Subject = {
  connector: github,
  spec: github.spec.parse({ repositories: ['acme/shop', '71'], operations }),
  seeds: [
    at('GET', ''),
    at('GET', '/contents/src/a%20b.ts?ref=main'),
    at('PUT', '/contents/src/a.ts', {
      message: 'm',
      content: 'YQ==',
      sha: SHA,
      author: { name: 'a', email: 'b' },
    }),
    at('PUT', '/contents/.github/workflows/ci.yml', { message: 'm', content: 'YQ==' }),
    at('DELETE', '/contents/a', { message: 'm', sha: SHA }),
    at('PATCH', '/git/refs/heads/x', { sha: SHA, force: true }),
    at('PATCH', '/git/refs/heads/x', { sha: SHA, force: false }),
    at('DELETE', '/git/refs/heads/a/b'),
    at('GET', '/pulls?state=open&per_page=50'),
    at('POST', '/pulls', { title: 't', head: 'me:x', base: 'main', body: 'Å “b”', draft: true }),
    at('PUT', '/pulls/7/merge', { merge_method: 'squash' }),
    at('POST', '/issues/7/comments', { body: 'b' }),
    at('DELETE', '/issues/comments/7'),
    at('POST', '/actions/workflows/ci.yml/dispatches', { ref: 'main', inputs: { a: 'b' } }),
    at('DELETE', '/releases/7'),
    ...GRAPHQL_SEEDS,
  ],
  words: [
    'repos',
    'acme',
    'shop',
    'ledger',
    'contents',
    '.github',
    'workflows',
    '.GitHub',
    'git/refs',
    'heads',
    'force',
    '"force":true,',
    '"sha":1,',
    'pulls',
    'merge',
    'issues',
    'comments',
    'actions',
    'releases',
    '&state=open',
    '?page=1',
    '%2egithub',
    '/repos/acme/',
    ...GRAPHQL_WORDS,
  ], // prettier-ignore
  servers: { 'by the URL standard': server(standard), 'decodes and follows dots': server(eager) },
}

import type { Json } from '@credbroker/core/canonical-json'
import type { Operation } from '../connector.ts'
import { jsonObject } from '../guard/strict-json.ts'
import { encoded, plainTarget } from '../http/plain-target.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../request.ts'
import { CLOSED_ENTRIES, ENTRIES, entryOf } from './catalogue.ts'
import { FORMS, isWorkflow } from './forms.ts'
import { type GithubSpec, isOfScope } from './spec.ts'
import type { Entry, Field } from './table.ts'

/** A call of a path. */
export interface RestOperation extends Operation {
  readonly arguments: {
    /** `acme/shop`, in lower case. */
    readonly repository: string
    readonly path: readonly string[]
    readonly query: { readonly [name: string]: string }
    readonly body?: { readonly [name: string]: Json }
  }
}

export function readRest(request: ClientRequest, spec: GithubSpec): readonly RestOperation[] {
  const { segments, query } = plainTarget(request.target)
  const [repos, owner = '', repo = '', ...rest] = segments
  const fits = (entry: Entry) => entry.method === request.method && match(entry, rest)
  const found = repos === 'repos' && repo !== '' ? ENTRIES.filter(fits) : []
  if (found.length === 0) {
    const closed = repos === 'repos' && CLOSED_ENTRIES.some(fits)
    throw new Refused(closed ? 'administration_refused' : 'unclassified')
  }
  if (!/^[A-Za-z0-9-]{1,39}$/.test(owner) || !/^[A-Za-z0-9._-]{1,100}$/.test(repo))
    throw new Refused('path_refused')
  const [plain = found[0]] = found.filter(({ name }) => !name.includes('.'))
  const body = plain?.body && readBody(request, plain.body)
  if (body === undefined && request.body.byteLength > 0) throw new Refused('body_refused')
  const entry = found.find(({ name }) => name === `${plain?.name}.${variantOf(plain, rest, body)}`) ?? plain
  if (!entry) throw new Refused('unclassified')
  const repository = `${owner}/${repo}`.toLowerCase()
  if (!isOfScope(repository, spec) || !spec.operations.includes(entry.name))
    throw new Refused('not_in_scope', entry.name)
  checkAll([...query], entry.query, 'query_refused')
  const sorted = Object.fromEntries([...query].sort(([a], [b]) => (a < b ? -1 : 1)))
  return [{ name: entry.name, arguments: { repository, path: rest, query: sorted, ...(body && { body }) } }]
}

/** How a call does more than the plain one of its path. */
function variantOf(entry: Entry | undefined, rest: readonly string[], body: object | undefined): string {
  if (entry?.name === 'git/update-ref' && body && 'force' in body && body.force === true) return 'force'
  return rest[0] === 'contents' && isWorkflow(rest.slice(1).join('/')) ? 'workflow' : ''
}

function match({ parts }: Entry, rest: readonly string[]): boolean {
  const open = parts.at(-1)
  const spread = open !== undefined && 'rest' in open && open.rest
  if (spread ? rest.length < parts.length : rest.length !== parts.length) return false
  return parts.every((part, at) => {
    if ('is' in part) return part.is === rest[at]
    return FORMS[part.parameter](part.rest ? rest.slice(at).join('/') : (rest[at] as string))
  })
}

function readBody(request: ClientRequest, fields: ReadonlyMap<string, Field>) {
  const needed = [...fields].filter(([, { required }]) => required).map(([name]) => name)
  if (request.body.byteLength === 0 && needed.length === 0) return {}
  const body = jsonObject(request)
  for (const name of needed) if (!Object.hasOwn(body, name)) throw new Refused('argument_required', name)
  checkAll(Object.entries(body), fields, 'body_refused')
  return body
}

function checkAll(
  values: readonly (readonly [string, Json])[],
  fields: ReadonlyMap<string, Field>,
  unknown: 'body_refused' | 'query_refused',
): void {
  for (const [name, value] of values) {
    const field = fields.get(name)
    if (!field) throw new Refused(unknown)
    if (!FORMS[field.form](value)) throw new Refused('argument_refused', name)
  }
}

export function writeRest({ name, arguments: given }: RestOperation): UpstreamRequest {
  const { repository, path, query, body } = given
  const segments = ['repos', ...repository.split('/'), ...path]
  const asked = Object.entries(query).map(([key, value]) => `${key}=${encoded(value)}`)
  return {
    method: entryOf(name)?.method ?? '',
    target: `/${segments.map(encoded).join('/')}${asked.length > 0 ? `?${asked.join('&')}` : ''}`,
    headers: {
      accept: 'application/vnd.github+json',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }
}

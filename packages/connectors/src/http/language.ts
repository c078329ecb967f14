import type { Json } from '@credbroker/core/canonical-json'
import type { Operation } from '../connector.ts'
import { jsonObject } from '../guard/strict-json.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../request.ts'
import { fits } from './forms.ts'
import { encoded, plainTarget } from './plain-target.ts'
import type { HttpDeclaration, HttpSpec } from './spec.ts'
import { compareTemplates, matchTemplate, type Segment } from './template.ts'

/** `arguments` has `path`, `query` and, where the operation declares one, `body`. */
export interface HttpOperation extends Operation {
  readonly arguments: {
    readonly path: { readonly [name: string]: string }
    readonly query: { readonly [name: string]: string }
    readonly body?: { readonly [name: string]: Json }
  }
}

export function readHttp(request: ClientRequest, spec: HttpSpec): readonly HttpOperation[] {
  const { segments, query } = plainTarget(request.target)
  const fitting = Object.entries(spec.operations).filter(([, { path }]) => matchTemplate(path, segments))
  const [name, declared] =
    fitting
      .filter(([, { method }]) => method === request.method)
      .sort(([, a], [, b]) => compareTemplates(a.path, b.path) ?? 0)[0] ?? []
  if (name === undefined || declared === undefined)
    throw new Refused(fitting.length > 0 ? 'method_refused' : 'no_such_operation')

  const path = Object.fromEntries(matchTemplate(declared.path, segments) ?? [])
  for (const [parameter, form] of Object.entries(declared.parameters))
    if (!fits(form, path[parameter] ?? null)) throw new Refused('argument_refused', parameter)
  for (const [parameter, value] of query) {
    const form = Object.hasOwn(declared.query, parameter) ? declared.query[parameter] : undefined
    if (form === undefined) throw new Refused('query_refused')
    if (!fits(form, value)) throw new Refused('argument_refused', parameter)
  }
  const body = readBody(request, declared)
  return [{ name, arguments: { path, query: Object.fromEntries(sorted(query)), ...(body && { body }) } }]
}

function readBody(request: ClientRequest, declared: HttpDeclaration) {
  if (declared.body === undefined) {
    if (request.body.byteLength > 0) throw new Refused('body_refused')
    return undefined
  }
  const body = jsonObject(request)
  if (Object.keys(body).some((member) => !declared.body?.includes(member))) throw new Refused('body_refused')
  return body
}

export function writeHttp(operation: HttpOperation, spec: HttpSpec): UpstreamRequest {
  const declared = spec.operations[operation.name] as HttpDeclaration
  const query = Object.entries(operation.arguments.query)
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join('&')
  const target = `${fillPath(declared.path, operation.arguments.path)}${query && `?${query}`}`
  if (operation.arguments.body === undefined)
    return { method: declared.method, target, headers: { accept: 'application/json' } }
  return {
    method: declared.method,
    target,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(operation.arguments.body),
  }
}

export const fillPath = (template: readonly Segment[], values: { readonly [name: string]: string }): string =>
  template.map((part) => `/${'is' in part ? part.is : encoded(values[part.parameter] as string)}`).join('')

const sorted = (query: ReadonlyMap<string, string>) => [...query].sort(([a], [b]) => (a < b ? -1 : 1))

import type { Json } from '@credbroker/core/canonical-json'
import type { Operation } from '../connector.ts'
import { plainTarget } from '../http/plain-target.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../request.ts'
import { isRepository } from './names.ts'
import { kindOf, type Push, readPush, writePush } from './receive.ts'
import { type GitSpec, mayPush } from './spec.ts'
import { readUpload, type Upload, writeUpload } from './upload.ts'

const SERVICES = { 'git-upload-pack': 'fetch', 'git-receive-pack': 'push' } as const
type Service = keyof typeof SERVICES

type Discovery = {
  readonly service: Service
  readonly version: 0 | 2
}

export type PushName = `push.${ReturnType<typeof kindOf>}`

/** One request to one repository. `arguments.asks` is what its kind of request has to say. */
export type GitOperation =
  | Named<'discover', Discovery>
  | Named<'listRefs' | 'fetch', Upload>
  | Named<PushName, Push>

interface Named<Name extends string, Asks extends { readonly [name: string]: Json }> extends Operation {
  readonly name: Name
  readonly arguments: { readonly repository: string; readonly asks: Asks }
}

/** @see https://git-scm.com/docs/http-protocol */
export function readGit(request: ClientRequest, spec: GitSpec): readonly GitOperation[] {
  const { segments, query } = plainTarget(request.target)
  const discovers = segments.at(-2) === 'info' && segments.at(-1) === 'refs'
  const service = discovers ? query.get('service') : segments.at(-1)
  if (!isService(service)) throw new Refused(discovers ? 'query_refused' : 'no_such_operation')
  if (query.size !== (discovers ? 1 : 0)) throw new Refused('query_refused')
  if (request.method !== (discovers ? 'GET' : 'POST')) throw new Refused('method_refused')
  const repository = segments
    .slice(0, discovers ? -2 : -1)
    .join('/')
    .replace(/\.git$/, '')
  if (!isRepository(repository)) throw new Refused('path_refused')
  const allowed = spec.operations.includes(SERVICES[service])
  if (!allowed || !spec.repositories.includes(repository)) throw new Refused('not_in_scope')
  const version = versionOf(request)
  if (discovers) {
    if (service === 'git-receive-pack' && version !== 0) throw new Refused('header_refused')
    return [{ name: 'discover', arguments: { repository, asks: { service, version } } }]
  }
  if (headersOf(request, 'content-type')[0] !== `application/x-${service}-request`)
    throw new Refused('header_refused')
  if (service === 'git-upload-pack') {
    const asks = readUpload(request.body, version)
    return [{ name: asks.name, arguments: { repository, asks: asks } }]
  }
  const asks = readPush(request.body)
  if (!asks.changes.every(({ ref }) => mayPush(spec, ref))) throw new Refused('not_in_scope', 'refs')
  return [{ name: `push.${kindOf(asks)}`, arguments: { repository, asks: asks } }]
}

export function writeGit(operation: GitOperation): UpstreamRequest {
  const path = `/${operation.arguments.repository}.git`
  if (operation.name === 'discover') {
    const { service, version } = operation.arguments.asks
    return {
      method: 'GET',
      target: `${path}/info/refs?service=${service}`,
      headers: { accept: '*/*', ...protocol(version) },
    }
  }
  const post = (service: Service, version: 0 | 2) => ({
    method: 'POST',
    target: `${path}/${service}`,
    headers: {
      accept: `application/x-${service}-result`,
      'content-type': `application/x-${service}-request`,
      ...protocol(version),
    },
  })
  if (isPush(operation))
    return {
      ...post('git-receive-pack', 0),
      body: writePush(operation.arguments.asks).toString('base64'),
      bodyEncoding: 'base64',
    }
  return {
    ...post('git-upload-pack', operation.arguments.asks.version),
    body: writeUpload(operation.arguments.asks),
  }
}

const protocol = (version: 0 | 2) => (version === 2 ? { 'git-protocol': 'version=2' } : {})

export const isPush = (operation: GitOperation): operation is Named<PushName, Push> =>
  operation.name.startsWith('push.')

const isService = (text: string | undefined): text is Service =>
  text !== undefined && Object.hasOwn(SERVICES, text)

const headersOf = ({ headers }: ClientRequest, wanted: string): string[] =>
  headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value.trim())

function versionOf(request: ClientRequest): 0 | 2 {
  const [said, again] = headersOf(request, 'git-protocol')
  if (said === undefined || said === 'version=0') return 0
  if (again !== undefined || said !== 'version=2') throw new Refused('header_refused')
  return 2
}

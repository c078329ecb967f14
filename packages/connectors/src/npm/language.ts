import { strictJson } from '../guard/strict-json.ts'
import { Refused } from '../refusals.ts'
import type { ClientRequest, UpstreamRequest } from '../request.ts'
import { bareName, escapedName, fits } from './names.ts'
import type { NpmOperation, ReadArguments } from './operation.ts'
import { fileName, readRelease, writeRelease } from './release.ts'
import { closedRoute, type Route, routeOf } from './route.ts'
import type { NpmSpec } from './spec.ts'
import { isTag, isVersion } from './versions.ts'

const SHORT = 'application/vnd.npm.install-v1+json'
const ABOUT_NOBODY: Readonly<Record<string, 'ping' | 'whoami' | 'keys'>> = {
  '/-/ping': 'ping',
  '/-/whoami': 'whoami',
  '/-/npm/v1/keys': 'keys',
}

/** One request of the registry's protocol. Headers of npm's own, a one-time password among them, are left unread and not sent. */
export function readNpm(request: ClientRequest, spec: NpmSpec): readonly NpmOperation[] {
  const route = routeOf(request.target)
  const operation = asked(request, route)
  if (!spec.operations.includes(operation.name)) throw new Refused('not_in_scope', operation.name)
  const readable = operation.name === 'read' && (!route.name || fits(spec.public, route.name))
  if (!readable && !fits(spec.packages, route.name)) throw new Refused('not_in_scope')
  return [operation]
}

function asked(request: ClientRequest, route: Route): NpmOperation {
  const { name, under, rest } = route
  if (request.method === 'GET' && under !== 'stage')
    return { name: 'read', arguments: reading(request, route) }
  if (route.write) throw new Refused('query_refused')
  const [tags, tag = '', ...none] = rest.split('/')
  const tagged = under === 'settings' && tags === 'dist-tags' && tag !== '' && none.length === 0
  switch (request.method) {
    case 'PUT':
      if (under === 'package' && !rest) return { name: 'publish', arguments: readRelease(request, name) }
      if (!tagged) break
      return { name: 'distTagSet', arguments: { name, tag: checkTag(tag), version: versionIn(request) } }
    case 'POST':
      if (under !== 'stage' || rest) break
      return { name: 'stage', arguments: readRelease(request, name) }
    case 'DELETE': {
      if (request.body.byteLength > 0) throw new Refused('body_refused')
      if (tagged) return { name: 'distTagRemove', arguments: { name, tag: checkTag(tag) } }
      const [, revision] = (under === 'package' && /^-rev\/([0-9A-Za-z-]{1,128})$/.exec(rest)) || []
      if (revision === undefined) break
      return { name: 'unpublish', arguments: { name, revision } }
    }
    default:
      if (under === 'package' && !rest) throw new Refused('method_refused')
  }
  throw closedRoute(route)
}

function reading(request: ClientRequest, route: Route): ReadArguments {
  const { name, under, rest, write } = route
  if (under === 'package' && !rest)
    return { what: 'packument', name, form: wantsShort(request) ? 'short' : 'full', fresh: write }
  if (write) throw new Refused('query_refused')
  if (under === 'settings' && rest === 'dist-tags') return { what: 'distTags', name }
  if (under === 'package' && (isVersion(rest) || isTag(rest))) return { what: 'version', name, version: rest }
  const version = under === 'package' && rest.startsWith('-/') ? versionOf(name, rest.slice(2)) : undefined
  if (version !== undefined) return { what: 'tarball', name, version }
  const what = under === 'registry' && Object.hasOwn(ABOUT_NOBODY, rest) ? ABOUT_NOBODY[rest] : undefined
  if (what === undefined) throw closedRoute(route)
  return { what }
}

/** A tarball belongs to the package in whose folder it is, and is called after it. */
function versionOf(name: string, file: string): string | undefined {
  const version = file.slice(bareName(name).length + 1, -'.tgz'.length)
  return isVersion(version) && file === fileName(name, version) ? version : undefined
}

const wantsShort = ({ headers }: ClientRequest): boolean =>
  headers.some(([name, value]) => name.toLowerCase() === 'accept' && value.includes(SHORT))

function checkTag(tag: string): string {
  if (!isTag(tag)) throw new Refused('argument_refused', 'tag')
  return tag
}

function versionIn({ headers, body }: ClientRequest): string {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(type.trim())) throw new Refused('header_refused')
  const version = strictJson(body)
  if (typeof version !== 'string' || !isVersion(version)) throw new Refused('argument_refused', 'version')
  return version
}

export function writeNpm(operation: NpmOperation, { registry }: NpmSpec): UpstreamRequest {
  const accept = 'application/json'
  const sent = { accept, 'content-type': 'application/json' }
  const { name, arguments: given } = operation
  switch (name) {
    case 'read':
      return { method: 'GET', target: readTarget(given), headers: { accept: acceptOf(given) } }
    case 'publish':
      return {
        method: 'PUT',
        target: `/${escapedName(given.name)}`,
        headers: sent,
        body: writeRelease(given, registry),
      }
    case 'stage':
      return {
        method: 'POST',
        target: `/-/stage/package/${escapedName(given.name)}`,
        headers: sent,
        body: writeRelease(given, registry),
      }
    case 'distTagSet':
      return { method: 'PUT', target: tagTarget(given), headers: sent, body: JSON.stringify(given.version) }
    case 'distTagRemove':
      return { method: 'DELETE', target: tagTarget(given), headers: { accept } }
    case 'unpublish':
      return {
        method: 'DELETE',
        target: `/${escapedName(given.name)}/-rev/${given.revision}`,
        headers: { accept },
      }
  }
}

function readTarget(given: ReadArguments): string {
  switch (given.what) {
    case 'packument':
      return `/${escapedName(given.name)}${given.fresh ? '?write=true' : ''}`
    case 'version':
      return `/${escapedName(given.name)}/${given.version}`
    case 'tarball':
      return `/${given.name}/-/${fileName(given.name, given.version)}`
    case 'distTags':
      return tagTarget({ name: given.name })
    case 'keys':
      return '/-/npm/v1/keys'
    default:
      return `/-/${given.what}`
  }
}

export const tagTarget = ({ name, tag }: { name: string; tag?: string }): string =>
  `/-/package/${escapedName(name)}/dist-tags${tag === undefined ? '' : `/${tag}`}`

function acceptOf(given: ReadArguments): string {
  if (given.what === 'tarball') return '*/*'
  return given.what === 'packument' && given.form === 'short'
    ? `${SHORT}; q=1.0, application/json; q=0.8, */*`
    : 'application/json'
}

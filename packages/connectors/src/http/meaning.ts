import { isDangerous } from '@credbroker/core/access'
import type { Effect, Resolution } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'
import { fillAnchor } from './anchor-template.ts'
import { fillPath, type HttpOperation } from './language.ts'
import type { HttpDeclaration, HttpSpec } from './spec.ts'

export function httpEffect(operation: HttpOperation, spec: HttpSpec): Effect {
  const declared = declarationOf(operation, spec)
  if (!declared) return { access: ['admin'], touches: ['primary', 'backup'], erases: ['primary', 'backup'] }
  const destroys = declared.access.some((level) => level === 'delete' || level === 'admin')
  const erases = declared.erases ?? (destroys ? (['primary', 'backup'] as const) : [])
  return { access: declared.access, touches: [...new Set([...declared.touches, ...erases])], erases }
}

export async function resolveHttp(
  operation: HttpOperation,
  spec: HttpSpec,
  reader: UpstreamReader,
): Promise<Resolution> {
  const declared = declarationOf(operation, spec)
  if (!declared) return { is: 'unresolved' }
  const picked = declared.lookup
    ? await lookUp(declared.lookup, operation, reader, httpEffect(operation, spec).access.some(isDangerous))
    : new Map<string, unknown>()
  const values = operation.arguments.path
  const anchor = fillAnchor(reader.host, declared.anchor, (name) =>
    picked?.has(name) ? picked.get(name) : values[name],
  )
  return picked && anchor !== undefined
    ? { is: 'resolved', anchors: [anchor], facts: {} }
    : { is: 'unresolved' }
}

const declarationOf = ({ name }: HttpOperation, { operations }: HttpSpec) =>
  Object.hasOwn(operations, name) ? operations[name] : undefined

async function lookUp(
  lookup: NonNullable<HttpDeclaration['lookup']>,
  operation: HttpOperation,
  reader: UpstreamReader,
  fresh: boolean,
): Promise<ReadonlyMap<string, unknown> | undefined> {
  const target = fillPath(lookup.path, operation.arguments.path)
  const { status, body } = await reader.read(
    { method: 'GET', target, headers: { accept: 'application/json' } },
    { fresh },
  )
  if (status !== 200) return undefined
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return undefined
  }
  return new Map(Object.entries(lookup.pick).map(([name, path]) => [name, member(answer, path.split('.'))]))
}

const member = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as { readonly [name: string]: unknown })[name]
        : undefined,
    value,
  )

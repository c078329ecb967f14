import { isDangerous, SIDES } from '@credbroker/core/access'
import { z } from 'zod'
import type { CataloguedOperation, Effect, Reach, Resolution } from '../connector.ts'
import type { UpstreamReader, UpstreamRequest } from '../request.ts'
import { catalogued, effectOf, entryOf } from './catalogue.ts'
import type { GithubOperation } from './language.ts'
import { type GithubSpec, isRepositoryId } from './spec.ts'

const ALL: Effect = { access: ['admin'], touches: SIDES, erases: SIDES }

export function githubEffect({ name }: { readonly name: string }): Effect {
  const entry = entryOf(name)
  return entry ? effectOf(entry) : ALL
}

export const githubOperations = ({ operations }: GithubSpec): readonly CataloguedOperation[] =>
  catalogued.filter(({ name }) => operations.includes(name))

const get = (target: string): UpstreamRequest => ({
  method: 'GET',
  target,
  headers: { accept: 'application/vnd.github+json' },
})

const repository = z.object({ id: z.number().int().positive(), full_name: z.string().max(200) })

/**
 * Which repository the name means today. One that was renamed answers with a redirect, and its old name may be somebody
 * else’s tomorrow: only the name that GitHub itself says is taken.
 */
export async function resolveGithub(
  operation: GithubOperation,
  { repositories }: GithubSpec,
  reader: UpstreamReader,
): Promise<Resolution> {
  const name = operation.arguments.repository
  const fresh = githubEffect(operation).access.some(isDangerous)
  const { status, body } = await reader.read(get(`/repos/${name}`), { fresh })
  const found = status === 200 ? repository.safeParse(parsed(body)) : undefined
  if (!found?.success || found.data.full_name.toLowerCase() !== name) return { is: 'unresolved' }
  const id = String(found.data.id)
  const allowed = repositories.some((each) =>
    isRepositoryId(each) ? each === id : each.toLowerCase() === name,
  )
  return allowed ? { is: 'resolved', anchors: [id], facts: { repository: name } } : { is: 'unresolved' }
}

const PAGE = 100
const MOST_PAGES = 10
const page = z.object({ total_count: z.number().int().nonnegative(), repositories: z.array(repository) })

/** All that the token opens. */
export async function githubReach(_root: unknown, reader: UpstreamReader): Promise<Reach> {
  const ids = new Set<string>()
  let complete = false
  for (let number = 1; number <= MOST_PAGES && !complete; number++) {
    const target = `/installation/repositories?per_page=${PAGE}&page=${number}`
    const { status, body } = await reader.read(get(target), { fresh: true })
    const found = status === 200 ? page.safeParse(parsed(body)) : undefined
    if (!found?.success || (found.data.repositories.length === 0 && found.data.total_count > ids.size)) break
    for (const { id } of found.data.repositories) ids.add(String(id))
    complete = ids.size >= found.data.total_count
  }
  return { reach: [...ids].sort(), complete, identity: `an installation at ${reader.host}`, findings: [] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { z } from 'zod'
import type { Reach } from '../connector.ts'
import type { UpstreamReader } from '../request.ts'
import { get, parsed, repository } from './places.ts'

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

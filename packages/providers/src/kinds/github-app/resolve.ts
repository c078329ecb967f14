import { BrokerError } from '@credbroker/core/errors'
import type { VendorIo } from '../../provider.ts'
import { looking } from './app.ts'
import { isRepositoryId, sameName } from './repository.ts'
import type { GithubRoot } from './root.ts'
import type { GithubSpec } from './spec.ts'

/**
 * The ids of a scope's repositories. Names are asked for each time: a name that was given up may belong to another
 * repository today, which is then none of the environment's anchors.
 *
 * @throws {BrokerError} `vendor_refused` where a name is not one of the installation's
 */
export async function idsOf(root: GithubRoot, { repositories }: GithubSpec, io: VendorIo): Promise<string[]> {
  const ids = repositories.filter(isRepositoryId)
  const names = repositories.filter((each) => !isRepositoryId(each))
  if (names.length === 0) return ids
  const short = names.map((name) => name.slice(name.indexOf('/') + 1))
  const found = await looking(root, root.installationId, short, async (seen) => seen.repositories ?? [], io)
  const resolved = names.map((name) => {
    const one = found.find((each) => sameName(each.name, name))
    if (one) return one.id
    throw new BrokerError('vendor_refused', {
      detail: 'A repository of the scope is not one of the installation, or was renamed',
    })
  })
  return [...new Set([...ids, ...resolved])]
}

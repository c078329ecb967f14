import { ACCESS, type Access, sortAccess } from '@credbroker/core/access'
import type { Assessment, VendorIo } from '../../provider.ts'
import { accessOf, permissionOf } from './permissions.ts'
import { idsOf } from './resolve.ts'
import type { GithubRoot } from './root.ts'
import type { GithubSpec } from './spec.ts'

/** What GitHub lets a token of these permissions do. It does no more than that, whatever the App may by now. */
export function levelsOf({ permissions }: Pick<GithubSpec, 'permissions'>) {
  const evidence: { access: Access; because: string }[] = []
  const levels = new Set<Access>(['read'])
  for (const [name, level] of Object.entries(permissions))
    for (const access of accessOf(name, level)) {
      levels.add(access)
      const why = permissionOf(name)?.because
      if (access !== 'read') evidence.push({ access, because: `${name}: ${level}${why ? ` (${why})` : ''}` })
    }
  evidence.sort((a, b) => ACCESS.indexOf(b.access) - ACCESS.indexOf(a.access))
  return { access: sortAccess(levels), evidence }
}

export async function assessScope(root: GithubRoot, spec: GithubSpec, io: VendorIo): Promise<Assessment> {
  const { access, evidence } = levelsOf(spec)
  return { access, evidence: firstOfEach(evidence), reach: await idsOf(root, spec, io), findings: [] }
}

/** At least one reason for each level is among those that are kept. */
function firstOfEach<E extends { readonly access: Access }>(evidence: readonly E[]): E[] {
  const isFirst = (one: E) => evidence.find(({ access }) => access === one.access) === one
  return [...evidence.filter(isFirst), ...evidence.filter((one) => !isFirst(one))]
}

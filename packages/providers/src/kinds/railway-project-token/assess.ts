import { ACCESS } from '@credbroker/core/access'
import type { Assessment, Finding, VendorIo } from '../../provider.ts'
import { anchorsOf, reached } from './reach.ts'
import type { RailwayRoot, RailwaySpec } from './root.ts'

/** Railway does not say what a project token may do: so everything, in every environment that it could be made for (I4b). */
export async function assessScope(
  root: RailwayRoot,
  { projects }: RailwaySpec,
  io: VendorIo,
): Promise<Assessment> {
  const found = await reached(root, io)
  return {
    access: ACCESS,
    evidence: ACCESS.filter((access) => access !== 'read').map((access) => ({
      access,
      because: 'tokens of Railway know no operations',
    })),
    reach: anchorsOf(new Map([...found.projects].filter(([project]) => projects.includes(project)))),
    findings: [NEVER_ENDS],
  }
}

const NEVER_ENDS: Finding = {
  level: 'unsafe',
  code: 'no-end',
  message:
    'A project token of Railway has no end of its own, so none is handed out: say `connector: railway`, and calls are made with it (I3)',
}

import { rootParts } from '@credbroker/core/secret-parts'
import type { SealedRoot } from '../../ports/leaks.ts'
import { rootBinding } from '../bindings.ts'
import type { LeakDeps } from './leak-deps.ts'

const AT_ONCE = 100

/** Every stored version of every root gets its fingerprints, once, so that a found part of it leads to it. */
export async function readRoots(deps: Pick<LeakDeps, 'rootFingerprints' | 'sealer' | 'fingerprints'>) {
  for (;;) {
    const unread = await deps.rootFingerprints.unread(AT_ONCE)
    for (const one of unread) await deps.rootFingerprints.keep(one, fingerprintsOf(deps, one))
    if (unread.length < AT_ONCE) return
  }
}

/** None of what was not sealed for its row: somebody changed it by hand, and other checks say so. */
function fingerprintsOf(
  { sealer, fingerprints }: Pick<LeakDeps, 'sealer' | 'fingerprints'>,
  { root: name, provider, version, sealed }: SealedRoot,
): string[] {
  try {
    const text = sealer.open(sealed, rootBinding({ name, provider }, version)).expose().trim()
    return rootParts(/^[{["]/.test(text) ? JSON.parse(text) : text).map((part) => fingerprints.part(part))
  } catch {
    return []
  }
}

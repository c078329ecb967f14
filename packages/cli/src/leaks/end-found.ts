import type { LeakMatch } from '@credbroker/core/wire/leaks'
import type { Client } from '../client.ts'
import { rotateRoot } from '../commands/root-add.ts'

/** What became of one found secret. */
export type Ended = LeakMatch & {
  /** Of a root that the broker rotates: whether it did, or why not. */
  readonly rotated?: true | { readonly failed: string }
}

/** Each root that the broker can rotate is rotated once; leases and what the broker gave out have ended with the report. */
export async function endFound(client: Client, matches: readonly LeakMatch[]): Promise<Ended[]> {
  const rotations = new Map<string, true | { readonly failed: string }>()
  for (const one of matches) {
    if (one.match !== 'root' || one.end !== 'rotate' || rotations.has(one.root)) continue
    const failed = (error: unknown) => ({ failed: error instanceof Error ? error.message : 'it failed' })
    rotations.set(one.root, await rotateRoot(client, one.root).then(() => true as const, failed))
  }
  return matches.map((one) => {
    const rotated = one.match === 'root' && one.end === 'rotate' ? rotations.get(one.root) : undefined
    return rotated === undefined ? one : { ...one, rotated }
  })
}

/** One line for people: whose it is, what was done, and what is left to do. */
export function endedText(one: Ended): string {
  switch (one.match) {
    case 'unknown':
      return 'the broker does not know it: end it where it comes from'
    case 'own':
      return `${one.what} of ${one.principal ?? 'nobody any more'}: ${one.ended ? 'worth nothing any more' : 'it ends by itself within minutes'}`
    case 'lease':
      return `lease ${one.lease} of ${one.agent}, ${one.scope} in ${one.environment}: ${leaseState(one)}`
    case 'root':
      return `root ${one.root} of ${one.owner}, ${one.environments.join(', ') || 'no environment'}: ${rootState(one)}`
  }
}

function leaseState({ state, credential_dead, lease }: Extract<Ended, { match: 'lease' }>): string {
  if (credential_dead || state === 'ended') return 'dead'
  return state === 'revoking' ? 'being revoked' : `it lives: broker lease revoke ${lease}`
}

function rootState({ root, end, state, rotated }: Extract<Ended, { match: 'root' }>): string {
  if (rotated === true) return 'rotated, this copy is dead'
  if (rotated) return `not rotated: ${rotated.failed}`
  if (end === 'none') return `${state}: replaced since`
  return end === 'rotate'
    ? `it lives: broker root rotate ${root}`
    : `it lives, and its vendor has no rotation: make a new one there, then broker root replace ${root}`
}

import type { Json } from '@credbroker/core/canonical-json'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Caller } from '../identity/caller.ts'

/** Something that widens without being a row of the configuration: a way for a person to come by a passkey. */
export interface Act {
  /** Everything that is particular about it; what is approved is exactly this. */
  readonly what: Json
  readonly lines: readonly string[]
  /** Whose passkey it would be. */
  readonly user: string
}

/** Takes the approval's one use; undefined where nobody has to be asked. */
export type ApproveAct = (
  caller: Caller,
  snapshot: ConfigSnapshot,
  act: Act,
  given: string | undefined,
) => Promise<{ readonly spend: () => Promise<void> } | undefined>

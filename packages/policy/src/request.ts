import type { Access, Side, Tier } from '@credbroker/core/access'
import type { KeptScan } from '@credbroker/core/scan-claim'

/** When the question is asked: a task starts, a credential is minted, a call goes through the gateway. */
export const PHASES = ['grant', 'mint', 'call'] as const
export type Phase = (typeof PHASES)[number]

/** How much approval there is, weakest first: `two-person` also serves where `passkey` is asked for. */
export const APPROVAL_LEVELS = ['passkey', 'two-person'] as const
export type ApprovalLevel = (typeof APPROVAL_LEVELS)[number]

/** What is on record about getting the data back; a member that nobody knows is absent. */
export interface BackupFacts {
  /** Since the newest backup. */
  readonly ageSeconds?: number | undefined
  /** It survives whatever the root of the scope can do. */
  readonly separateAuthority?: boolean | undefined
  /** It was restored in a test, and not long ago. */
  readonly restoreTested?: boolean | undefined
}

/** What one fact can be; environments and sides become entities, so that a typing error in a policy is found. */
export type FactValue = boolean | number | string | readonly string[] | BackupFacts

/**
 * What was found out about one call, from the vendor and never from the agent. A name that neither this nor an
 * operation declares is denied, and so is a value of another type.
 */
export interface Facts {
  /** Names of the environments that everything the call touches was resolved to. A call without it is denied. */
  readonly environments?: readonly string[]
  readonly touches?: readonly Side[]
  readonly erases?: readonly Side[]
  readonly backup?: BackupFacts
  /** Both of `backup`: restored in a test, and under separate authority. See {@link backedUp}. */
  readonly restoreTestedBackup?: boolean
  /** Facts that connectors declare with their operations. */
  readonly [name: string]: FactValue | undefined
}

/** What is on record about a backup, as the facts that policies know. */
export const backedUp = (backup: BackupFacts): Required<Pick<Facts, 'backup' | 'restoreTestedBackup'>> => ({
  backup,
  restoreTestedBackup: backup.restoreTested === true && backup.separateAuthority === true,
})

/** Everything a decision depends on. The caller vouches for it: read from stored rows and the clock, not from the agent. */
export interface PolicyRequest {
  readonly agent: {
    readonly name: string
    readonly owner: string
    readonly teams: readonly string[]
    readonly tool?: string | null | undefined
    readonly model?: string | null | undefined
  }
  readonly scope: {
    readonly name: string
    readonly root: string
    readonly environment: string
    readonly provider: string
    readonly side: Side | 'both'
    /** True where nothing is minted from the scope and each call is decided by itself. Absent means minted. */
    readonly gateway?: boolean | undefined
  }
  /** The scope's environment. */
  readonly environment: {
    readonly name: string
    readonly tier: Tier
    readonly recoveryGroup?: string | undefined
  }
  /** An access level, or the id of an operation that the policy set was compiled with. */
  readonly action: string
  /**
   * Of an operation: the most dangerous of what this very call does, in whose group it then is. Absent, it is the most that
   * the operation can do at all.
   */
  readonly access?: Access | undefined
  readonly task: {
    readonly environment: string
    readonly purpose?: string | null | undefined
    readonly ticket?: string | null | undefined
  }
  readonly phase: Phase
  readonly ttlSeconds: number
  /** A verified approval of exactly this. */
  readonly approval?: { readonly level: ApprovalLevel } | undefined
  /** A person broke the glass for this agent in this environment, and it has not ended: see break-glass.ts. */
  readonly breakGlass?: boolean | undefined
  /** Whether anyone could approve: I4c. */
  readonly approverExists: boolean
  readonly facts?: Facts | undefined
  /** Seconds since 1970. */
  readonly now: number
  /** IP address the agent calls from. */
  readonly source?: string | undefined
  /** What the agent's client says of the place where it works; absent where it said nothing. */
  readonly scan?: KeptScan | undefined
}

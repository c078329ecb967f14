import type { Sealed } from './keyring.ts'

export interface RotationStore {
  /**
   * Runs `work` while no other replica, and nobody here, rotates this root. Ends with the process that runs it.
   * @throws BrokerError `conflict` where somebody does; whatever `work` throws
   */
  exclusively<Answer>(root: string, work: () => Promise<Answer>): Promise<Answer>
  /** Makes a next version durable, unless one of this number is there already; answers the one that is. */
  plan(next: { readonly root: string; readonly version: number; readonly sealed: Sealed }): Promise<Sealed>
  /** What is not done yet, for people. */
  unfinished(root: string): Promise<UnfinishedRotation>
}

export interface UnfinishedRotation {
  /** A version whose rotation stopped half-way: the vendor may hold it or the one before. */
  readonly halfway: boolean
  /** Former versions that the vendor may still take. */
  readonly retiring: readonly Pick<DueRetirement, 'version' | 'attempts'>[]
}

/** A former version of a root's credential that has to end at the vendor. */
export interface DueRetirement {
  readonly root: string
  readonly version: number
  readonly provider: string
  readonly sealed: Sealed
  /** This one counted. */
  readonly attempts: number
}

/** The rows of versions that are retiring are the queue, as lease rows are. */
export interface RetirementQueue {
  /** Due ones that nobody holds, now held by the caller. */
  take(limit: number): Promise<DueRetirement[]>
  /** Those of one root, due or not. */
  takeOf(root: string): Promise<DueRetirement[]>
  /** Retired for good, or due again. */
  settle(
    one: Pick<DueRetirement, 'root' | 'version'>,
    result: 'retired' | { readonly error: string; readonly retryAfterSeconds: number },
  ): Promise<void>
}

import type { Grant } from '../domain/grant.ts'
import type { Task } from '../domain/task.ts'
import type { Above } from './delegation.ts'
import type { SideHold } from './task-store.ts'
import type { SingleUse } from './tokens.ts'

/** What is true of a task and one of its scopes right now. */
export interface LiveUse {
  readonly configVersion: number
  readonly task: Task
  readonly grant: Grant | undefined
  readonly grantMac: string
  /** Of a child task: each one above it, the outermost first. One that is gone is missing. */
  readonly above: readonly Above[]
  /** Those of the grant that last as long as they must, in the recovery group that its environment is in now. */
  readonly holds: readonly Pick<SideHold, 'holder' | 'side'>[]
  /** By the database's clock, in the same statement. */
  readonly now: Date
}

export interface UseReader {
  /**
   * Reads alone, for whoever takes the proof in the statement of what it is for. `replayed`: it was used before; where it was not,
   * that statement says so again.
   */
  look(task: string, scope: string, proof: SingleUse): Promise<LiveUse | 'replayed' | undefined>
  /** Takes the proof and reads, in one statement. `replayed`: the proof was used before. undefined: no such task. */
  use(task: string, scope: string, proof: SingleUse): Promise<LiveUse | 'replayed' | undefined>
}

export interface ProofBook {
  /** False where one of the proofs was used before; then none is taken. */
  take(proofs: readonly SingleUse[]): Promise<boolean>
}

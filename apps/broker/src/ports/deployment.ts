import type { KeyRecord } from './keyring.ts'

/** What stands for the timeline of a database that a backup has just filled: PostgreSQL counts from 1. */
export const RESTORED = 0

export interface DeploymentStore {
  read(): Promise<{ readonly record: KeyRecord; readonly timeline: number | undefined } | undefined>
  /** False where another replica was first. */
  create(record: KeyRecord, timeline: number | undefined): Promise<boolean>
  /** The timeline of the PostgreSQL that is served from now on; undefined where it does not tell. */
  keepTimeline(timeline: number | undefined): Promise<void>
}

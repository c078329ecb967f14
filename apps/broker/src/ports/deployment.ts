import type { KeyRecord } from './keyring.ts'

export interface DeploymentStore {
  read(): Promise<{ readonly record: KeyRecord; readonly timeline: number | undefined } | undefined>
  /** False where another replica was first. */
  create(record: KeyRecord, timeline: number | undefined): Promise<boolean>
  /** The timeline of the PostgreSQL that is served from now on. */
  keepTimeline(timeline: number): Promise<void>
}

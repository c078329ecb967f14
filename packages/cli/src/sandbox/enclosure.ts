import type { PrivateDirectory } from '../exec/private-directory.ts'
import type { Start } from '../exec/run-child.ts'
import type { WaysPlan } from './destinations.ts'
import type { Layout } from './layout.ts'

/** Where a run's command can be started so that it reaches its workspace and its credentials' servers, and nothing else. */
export interface Sandbox {
  readonly kind: 'bubblewrap' | 'sandbox-exec'
  readonly layout: Layout
  enclose(run: EnclosedRun): Promise<Enclosure>
}

export interface EnclosedRun {
  readonly files: PrivateDirectory
  readonly plan: WaysPlan
  /** What serves this run on our own loopback. */
  readonly ports: readonly number[]
}

export interface Enclosure extends Disposable {
  readonly start: Start
}

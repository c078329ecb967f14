import type { Log } from '../../ports/log.ts'

export interface TryRetireDeps {
  /** Tries to end what former versions of the root's credential left alive. */
  readonly retire: (root: string) => Promise<void>
  readonly log: Log
}

/** What fails is tried again by whoever comes next. */
export const tryRetire = ({ retire, log }: TryRetireDeps, root: string): Promise<void> =>
  retire(root).catch((err: unknown) => log.warn({ root, err }, 'could not look for former credentials'))

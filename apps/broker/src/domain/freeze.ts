import type { Freeze } from './config.ts'

/** What a freeze is measured against. */
export interface FreezeSubject {
  readonly environment: string
  readonly agent: string
}

/** The first freeze that covers this subject, if any. */
export const frozenBy = (freezes: readonly Freeze[], subject: FreezeSubject): Freeze | undefined =>
  freezes.find(
    ({ target }) =>
      target === 'all' ||
      target === `environment:${subject.environment}` ||
      target === `agent:${subject.agent}`,
  )

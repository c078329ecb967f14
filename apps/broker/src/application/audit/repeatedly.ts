import type { AuditEventFields } from '@credbroker/core/audit/event'
import type { Clock } from '../../ports/clock.ts'
import type { OpenIntents } from '../../ports/open-intents.ts'
import { codeOf } from './announce.ts'
import type { Recorder } from './recorder.ts'

export interface RepeatDeps {
  readonly intents: OpenIntents
  readonly record: Recorder
  readonly clock: Clock
}

/** What one try came to. */
export interface Tried<Answer> {
  readonly answer: Answer
  /** A word for it: where it is another one than last time, the log says so. */
  readonly state: string
  readonly result: 'ok' | 'failed'
  readonly facts?: AuditEventFields['facts']
  /** There will be no next time. */
  readonly over?: boolean
}

const DAY_MS = 24 * 3600 * 1000

/** Whether work that goes on and on has to be answered in the log, and announced anew, however little changed. */
export const isStale = (since: Date | null, now: Date): boolean =>
  since !== null && now.getTime() - since.getTime() >= DAY_MS

/**
 * One try at something that is done at a vendor again and again. Every try has a durable intent (I6), but not each one of its
 * own: an intent covers the tries until the first answer, the next change of it, or the end of a day, and then has its outcome.
 * @throws BrokerError whatever `attempt` throws
 */
export async function repeatedly<Answer>(
  { intents, record, clock }: RepeatDeps,
  work: string,
  about: Omit<AuditEventFields, 'phase'>,
  attempt: () => Promise<Tried<Answer>>,
): Promise<Answer> {
  const open = await intents.open(work, record.intent(about))
  const tell = async (state: string, more: Partial<AuditEventFields>, over = false) => {
    if (!over && state === open.answer && !isStale(open.since, clock.now())) return
    const facts = { ...about.facts, ...more.facts }
    const outcome = record({ ...about, ...more, facts, phase: 'outcome', intent: open.id })
    await intents.answer(work, open.id, over ? null : state, outcome)
  }
  let tried: Tried<Answer>
  try {
    tried = await attempt()
  } catch (error) {
    const code = codeOf(error)
    // It will be tried again: what this try did is found out then.
    await tell(code, { result: 'failed', code }).catch(() => undefined)
    throw error
  }
  const { state, result, facts, over } = tried
  await tell(state, { result, ...(facts && { facts }) }, over)
  return tried.answer
}

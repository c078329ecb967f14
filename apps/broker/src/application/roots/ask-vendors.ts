import { BrokerError, type Problem } from '@credbroker/core/errors'
import { atOnce } from '../at-once.ts'

/** Vendors asked at once: one that hangs holds up itself. */
const AT_ONCE = 8

/**
 * What each piece of work answers, in its order. What vendors refuse is told all together, in that order too; after any
 * other failure nothing more is begun.
 * @throws BrokerError `reach_refused` with every problem; whatever else the work throws
 */
export async function askVendors<Answer>(work: readonly (() => Promise<Answer>)[]): Promise<Answer[]> {
  let stopped: { readonly error: unknown } | undefined
  const asked = await atOnce(AT_ONCE, work, async (ask) => {
    if (stopped) throw stopped.error
    try {
      return { answer: await ask() }
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'reach_refused')
        return { problems: error.details.problems ?? [] }
      stopped = { error }
      throw error
    }
  })
  const problems = asked.flatMap((one): readonly Problem[] => ('problems' in one ? one.problems : []))
  if (problems.length > 0 || asked.some((one) => 'problems' in one))
    throw new BrokerError('reach_refused', { problems })
  return asked.flatMap((one) => ('answer' in one ? [one.answer] : []))
}

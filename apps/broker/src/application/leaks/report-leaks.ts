import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { LeakMatch, LeakReport } from '@credbroker/core/wire/leaks'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import type { LeakDeps } from './leak-deps.ts'
import { matchFindings } from './match-findings.ts'
import { ReportBudget } from './report-budget.ts'

/**
 * Takes in secrets that were found where they should not be. Operators are told whose each is. Everybody else hears the same,
 * whatever they sent, and hears it before anything is looked up: neither the answer nor its time says whether a value is one of
 * ours. Nothing here gives power; ending leases needs the role that may end them anyway (I13).
 * @throws BrokerError `forbidden`, `budget_exceeded`, `too_many`
 */
export function reportLeaks(deps: LeakDeps) {
  const budget = new ReportBudget(deps.clock)
  let waiting = 0
  let queue = Promise.resolve()
  const later = (work: () => Promise<unknown>, request: string): void => {
    waiting++
    queue = queue
      .then(work)
      .catch((err: unknown) => deps.log.error({ err, request }, 'a report of leaks could not be looked at'))
      .then(() => {
        waiting--
      })
  }
  return async (
    caller: Caller,
    { findings, revoke = false }: LeakReport,
  ): Promise<LeakMatch[] | undefined> => {
    if (revoke) await configAs(deps.config, caller, 'operator')
    const told = hasRole(caller, 'operator')
    budget.take(`${caller.kind} ${caller.name}`, findings.length)
    if (!told && waiting >= LIMITS.leakReportsWaiting)
      throw new BrokerError('too_many', {
        detail: 'Too many reports wait to be looked at',
        retryAfterSeconds: 5,
      })
    await deps.audit.append([reported(deps, caller, findings.length)])
    if (told) return await matchFindings(deps, caller, findings, revoke)
    later(() => matchFindings(deps, caller, findings, false), caller.requestId)
    return undefined
  }
}

const reported = ({ record }: LeakDeps, caller: Caller, count: number) =>
  record({
    type: 'leak.reported',
    phase: 'event',
    result: 'ok',
    actor: actorOf(caller),
    ...(caller.kind !== 'user' && { sub: caller.owner }),
    request: caller.requestId,
    facts: { count },
  })

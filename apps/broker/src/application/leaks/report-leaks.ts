import { BrokerError } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { LeakMatch, LeakReport } from '@credbroker/core/wire/leaks'
import type { Reporter, Trace } from '../../domain/leak.ts'
import { actorOf, type Caller, hasRole } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { seal } from '../people/sealed-row.ts'
import { KEPT_REPORTS } from './kept-reports.ts'
import type { LeakDeps } from './leak-deps.ts'
import { matchFindings } from './match-findings.ts'
import { ReportBudget } from './report-budget.ts'
import { traceFinding } from './trace-finding.ts'

/**
 * Takes in secrets that were found where they should not be. Operators are told whose each is. Everybody else hears the same,
 * whatever they sent, once it is kept and before anything is looked up: neither the answer nor its time says whether a value is one
 * of ours. Nothing here gives power; ending leases needs the role that may end them anyway (I13).
 * @throws BrokerError `forbidden`, `budget_exceeded`, `too_many`
 */
export function reportLeaks(deps: LeakDeps) {
  const budget = new ReportBudget(deps.clock)
  return async (
    caller: Caller,
    { findings, revoke = false }: LeakReport,
  ): Promise<LeakMatch[] | undefined> => {
    if (revoke) await configAs(deps.config, caller, 'operator')
    budget.take(`${caller.kind} ${caller.name}`, findings.length)
    const traces: Trace[] = []
    for (const { value } of findings) traces.push(await traceFinding(deps, value))
    const by = { actor: actorOf(caller), request: caller.requestId }
    const event = reported(deps, caller, by, findings.length)
    if (hasRole(caller, 'operator')) {
      await deps.audit.append([event])
      return await matchFindings(deps, by, traces, revoke ? caller : undefined)
    }
    const report = seal(deps.macs, KEPT_REPORTS, { ...by, traces })
    if (!(await deps.leakReports.keep(report, event, LIMITS.leakReportsWaiting)))
      throw new BrokerError('too_many', {
        detail: 'Too many reports wait to be looked at',
        retryAfterSeconds: 5,
      })
    return undefined
  }
}

const reported = ({ record }: LeakDeps, caller: Caller, by: Reporter, count: number) =>
  record({
    ...by,
    type: 'leak.reported',
    phase: 'event',
    result: 'ok',
    ...(caller.kind !== 'user' && { sub: caller.owner }),
    facts: { count },
  })

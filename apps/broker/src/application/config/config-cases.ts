import { putRoot } from '../roots/put-root.ts'
import { type ApplyDeps, applyConfig, planConfig } from './apply-config.ts'
import { checkDraft } from './check-draft.ts'
import { disable } from './disable.ts'
import { DraftBudget } from './draft-budget.ts'
import { draftImpact } from './draft-impact.ts'
import { underDraft } from './draft-policies.ts'
import type { CompileDecider } from './live-config.ts'
import { putObject } from './put-object.ts'
import { putPolicy, removePolicy } from './put-policy.ts'
import { simulate } from './simulate.ts'

/** What people do with the configuration, and what they ask about it. */
export function configCases(deps: ApplyDeps, compile: CompileDecider) {
  const budget = new DraftBudget(() => performance.now())
  const asking = { ...deps, under: underDraft(compile), budget }
  return {
    planConfig: planConfig(deps),
    applyConfig: applyConfig(deps),
    disable: disable(deps),
    putObject: putObject(deps),
    putRoot: putRoot(deps),
    putPolicy: putPolicy(deps),
    removePolicy: removePolicy(deps),
    checkDraft: checkDraft(asking),
    simulate: simulate(asking),
    draftImpact: draftImpact({
      ...asking,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    }),
  }
}

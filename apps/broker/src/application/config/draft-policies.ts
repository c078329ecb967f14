import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { PolicyDraft, PolicyFinding } from '@credbroker/core/wire/simulate'
import { checkPolicies, type Finding } from '@credbroker/policy/check'
import type { CompileDecider, Config } from './live-config.ts'

type Draft = PolicyDraft['policies']
type Texts = readonly { readonly name: string; readonly text: string }[]

/** The configuration as it would be with other policies. @throws BrokerError `invalid_request` saying where, `tampered` */
export type UnderDraft = (config: Config, draft: Draft) => Config

export function underDraft(compile: CompileDecider): UnderDraft {
  // Whoever asks about a draft asks again soon, about the same.
  let last: { readonly texts: string; readonly by: ReturnType<CompileDecider> } | undefined
  return ({ snapshot }, draft) => {
    const stored = snapshot.policies()
    refuseUnknown(draft, stored)
    const policies = drafted(stored, draft)
    const texts = JSON.stringify(policies.map(({ name, text }) => [name, text]))
    if (last?.texts !== texts) {
      const { problems } = checkPolicies(policies, VOCABULARY)
      if (problems.length > 0)
        throw new BrokerError('invalid_request', { problems: problems.map((one) => placed(one, draft)) })
      last = { texts, by: compile(policies) }
    }
    const { by } = last
    return {
      snapshot,
      decide: (request) => by.decide(request),
      policyVersion: by.version,
      whoCan: by.whoCan,
    }
  }
}

/** What stands, with the draft in its place. */
export function drafted(stored: Texts, draft: Draft): Texts {
  const names = new Set(draft.map(({ name }) => name))
  return [
    ...stored.filter(({ name }) => !names.has(name)),
    ...draft.flatMap(({ name, text }) => (text === null ? [] : [{ name, text }])),
  ]
}

function refuseUnknown(draft: Draft, stored: Texts): void {
  const problems = draft.flatMap(({ name, text }, i) => {
    const at = `draft.policies[${i}].name`
    if (draft.findIndex((other) => other.name === name) < i) return [{ at, message: 'is there twice' }]
    const gone = text === null && !stored.some((policy) => policy.name === name)
    return gone ? [{ at, message: 'there is no such policy to take away' }] : []
  })
  if (problems.length > 0) throw new BrokerError('invalid_request', { problems })
}

/** At the text of the draft, and where in it; what it breaks elsewhere goes by the name of that policy. */
function placed(finding: Finding, draft: Draft): Problem {
  const { policy, line, column, message } = findingOf('error', finding)
  const where = line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `
  const i = draft.findIndex(({ name }) => name === policy)
  return i < 0
    ? { at: 'draft.policies', message: `${policy}, ${where}${message}` }
    : { at: `draft.policies[${i}].text`, message: `${where}${message}` }
}

export function findingOf(level: PolicyFinding['level'], { at, message, place }: Finding): PolicyFinding {
  const [, source, line] = /^(.*):(\d+)$/.exec(at) ?? [at, at]
  return {
    level,
    policy: place?.source ?? source ?? at,
    ...(line !== undefined && { line: Number(line) }),
    ...(place?.line !== undefined && { line: place.line, column: place.column }),
    message,
  }
}

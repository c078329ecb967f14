import { ACCESS, SIDES, TIERS } from '@credbroker/core/access'
import { SCAN_STATES } from '@credbroker/core/scan-claim'
import { z } from 'zod'
import type { PolicySet } from './compile.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { APPROVAL_LEVELS, backedUp, type Facts, PHASES, type PolicyRequest } from './request.ts'

const name = z.string().min(1).max(256)

const backup = z.strictObject({
  ageSeconds: z.int().optional(),
  separateAuthority: z.boolean().optional(),
  restoreTested: z.boolean().optional(),
})

/**
 * One question to a policy set, as a file in `PERMIT/` or `DENY/` holds it. The folder is the expectation. What is
 * left out takes the default written here, so a case says only what it is about.
 */
export const policyCase = z
  .strictObject({
    name: name.optional(),
    agent: name,
    owner: name.default('owner'),
    teams: z.array(name).default([]),
    tool: z.string().optional(),
    model: z.string().optional(),
    scope: name,
    root: name.default('root'),
    provider: name.default('postgres'),
    side: z.enum(['primary', 'backup', 'both']).default('primary'),
    gateway: z.boolean().default(false),
    environment: name,
    tier: z.enum(TIERS).default('protected'),
    recoveryGroup: z.string().optional(),
    access: z.enum(ACCESS).optional(),
    operation: z.string().optional(),
    task: z
      .strictObject({
        environment: name.optional(),
        purpose: z.string().optional(),
        ticket: z.string().optional(),
      })
      .default({}),
    phase: z.enum(PHASES).default('grant'),
    ttlSeconds: z.int().positive().default(900),
    approval: z.enum(APPROVAL_LEVELS).optional(),
    approverExists: z.boolean().default(true),
    breakGlass: z.boolean().default(false),
    facts: z
      .record(z.string(), z.union([z.boolean(), z.number(), z.string(), z.array(z.string()), backup]))
      .optional(),
    now: z.iso.datetime().default('2026-01-05T12:00:00Z'),
    source: z.string().optional(),
    scan: z.enum(SCAN_STATES).optional(),
    sandbox: z.boolean().optional(),
    /** Only in `DENY/`: it is denied for want of this approval, and of nothing else. */
    needs: z.enum(APPROVAL_LEVELS).optional(),
    /** These policies, and no others, decide. */
    decidedBy: z
      .union([z.string(), z.array(z.string())])
      .transform((ids) => [ids].flat().sort())
      .optional(),
  })
  .refine(
    (one) => (one.access === undefined) !== (one.operation === undefined),
    'say either access or operation',
  )
  .refine((one) => one.sandbox === undefined || one.scan !== undefined, 'sandbox is said with scan')
export type PolicyCase = z.infer<typeof policyCase>

export interface CaseFile {
  readonly expect: 'PERMIT' | 'DENY'
  /** For the result only. */
  readonly file: string
  /** Parsed YAML or JSON; not yet trusted to be a case. */
  readonly content: unknown
}

export interface CaseResult {
  readonly file: string
  readonly name: string
  readonly passed: boolean
  /** What was expected and what came, where it failed. */
  readonly message?: string
}

/** Runs every case. One that cannot be read has failed, and so has an empty list of expectations that is not met. */
export const runCases = (set: PolicySet, files: readonly CaseFile[]): CaseResult[] =>
  files.map(({ expect, file, content }) => {
    const parsed = policyCase.safeParse(content)
    if (!parsed.success) {
      const message = parsed.error.issues
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; ')
      return { file, name: file, passed: false, message }
    }
    const message = mismatch(expect, parsed.data, decide(set, requestOf(parsed.data)))
    return {
      file,
      name: parsed.data.name ?? file,
      passed: message === undefined,
      ...(message && { message }),
    }
  })

function mismatch(expect: CaseFile['expect'], one: PolicyCase, decision: Decision): string | undefined {
  const came = decision.verdict === 'approval' ? `approval (${decision.level})` : decision.verdict
  const by = `by ${decision.policies.join(', ')}`
  if (expect === 'PERMIT' && one.needs) return '`needs` belongs to DENY: with the approval, write `approval`'
  const wanted = expect === 'PERMIT' ? 'permit' : one.needs ? `approval (${one.needs})` : 'deny'
  if (came !== wanted) return `expected ${wanted}, came ${came}, ${by}`
  const decidedBy = one.decidedBy
  if (decidedBy && decidedBy.join('\n') !== decision.policies.join('\n'))
    return `expected to be decided by ${decidedBy.join(', ')}, was ${by}`
  return undefined
}

/** The request that a case describes. A call touches its own environment and side unless the case says otherwise. */
export function requestOf(one: PolicyCase): PolicyRequest {
  const given: Facts | undefined =
    one.phase === 'call'
      ? {
          environments: [one.environment],
          touches: one.side === 'both' ? SIDES : [one.side],
          ...one.facts,
        }
      : one.facts
  const facts = given?.backup ? { ...backedUp(given.backup), ...given } : given
  return {
    agent: { name: one.agent, owner: one.owner, teams: one.teams, tool: one.tool, model: one.model },
    scope: {
      name: one.scope,
      root: one.root,
      environment: one.environment,
      provider: one.provider,
      side: one.side,
      gateway: one.gateway,
    },
    environment: { name: one.environment, tier: one.tier, recoveryGroup: one.recoveryGroup },
    action: one.access ?? one.operation ?? '',
    task: { ...one.task, environment: one.task.environment ?? one.environment },
    phase: one.phase,
    ttlSeconds: one.ttlSeconds,
    approval: one.approval && { level: one.approval },
    approverExists: one.approverExists,
    breakGlass: one.breakGlass,
    facts,
    now: Date.parse(one.now) / 1000,
    source: one.source,
    scan: one.scan && { state: one.scan, sandbox: one.sandbox === true },
  }
}

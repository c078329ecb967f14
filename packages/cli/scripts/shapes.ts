import { auditEvent } from '@credbroker/core/audit/event'
import {
  agentView,
  environmentView,
  freezeView,
  invitation,
  plan,
  policyView,
  rootView,
  scopeView,
  teamView,
  userView,
  whoami,
} from '@credbroker/core/wire/admin'
import { approval } from '@credbroker/core/wire/approvals'
import { breakGlassList, breakGlassView } from '@credbroker/core/wire/break-glass'
import { credentialAnswer } from '@credbroker/core/wire/credentials'
import { kindView } from '@credbroker/core/wire/kinds'
import { receipt } from '@credbroker/core/wire/receipts'
import { simulation } from '@credbroker/core/wire/simulate'
import { grant, lease, task, taskEnded, taskStarted } from '@credbroker/core/wire/tasks'
import { issuerView } from '@credbroker/core/wire/trust'
import { whoHasWrite } from '@credbroker/core/wire/who-has-write'
import { z } from 'zod'
import type { Placed, Workplace } from '../src/workplace.ts'
import { shapeOf } from './shape.ts'

const workplace = z.object({
  scan: task.shape.scan,
  sandbox: z.boolean().optional(),
  allowed_findings: z.array(z.object({ finding: z.string(), reason: z.string() })).optional(),
}) satisfies z.ZodType<Workplace>
const { work } = approval.shape
const { claimed } = work.unwrap().shape
const placedApproval: z.ZodType<Placed> = approval.extend({
  work: work
    .unwrap()
    .extend({ claimed: claimed.extend(workplace.shape) })
    .optional(),
})

/** Everything that `--json` prints, by the name that the command tree uses. */
export const SHAPES: Readonly<Record<string, string>> = {
  Agent: shapeOf(agentView),
  Applied: shapeOf(plan).replace(/\n}$/, '\n  applied: boolean\n}'),
  Approval: shapeOf(placedApproval),
  AuditEntry: `{\n  index: number\n  event: ${shapeOf(auditEvent).replaceAll('\n', '\n  ')}\n}`,
  AuditExport: '{ directory: string, records: number, public_key: string }',
  AuditVerdict: `{
  ok: boolean
  from: number
  size: number
  verified_size: number
  checkpoints: number
  findings: { kind: string, … }[]
  clock: { regressions: number, largestSeconds: number }
  unknown: { … }[]
  unknown_count: number
  pinned_key: boolean
  held_checkpoints: number
}`,
  Receipt: shapeOf(receipt),
  ReceiptVerdict: `{
  ok: boolean
  findings: { kind: string, … }[]
  answers: { verified: number, registered: number, origins: string[], withheld: boolean }
  other_task?: true
  summary?: { … }
}`,
  BackedUp: '{ deployment: string, made_at: string, tables: number, rows: number, file: string }',
  Restored: '{ deployment: string, made_at: string, tables: number, rows: number }',
  BreakGlass: shapeOf(breakGlassView),
  BreakGlassList: shapeOf(breakGlassList),
  Called: `{
  status: number
  headers: { [name: string]: string }
  body: string         (or body_base64, where it is no text)
}`,
  Credential: shapeOf(credentialAnswer),
  McpServing: '{ url: string, secret_file: string }',
  ServiceSteps: '{ planned: boolean, steps: string[] }',
  DevStarted: '{ url: string, console_url: string, state_dir: string, pid: number }',
  Diagnosis: `{
  ok: boolean
  findings: { level: "danger" | "warning" | "advice", code: string, message: string, todo: string }[]
}`,
  Enrolled: '{ profile: string, principal: string, url: string, key_ends_at: string }',
  Environment: shapeOf(environmentView),
  Error: `{
  error: {
    code: string        (docs/errors.md, or "usage", "local", "startup", "unreachable", "unexpected")
    title: string
    detail?: string
    problems?: { at: string, message: string }[]
    required?: string[]
    grants?: { scope: string, state: string, code?: string, reason?: string, required?: string[], approval_url?: string }[]
    approval_url?: string
    approval?: string   (its id, for --approval)
    todo?: string
    request_id?: string
  }
}`,
  Freeze: shapeOf(freezeView),
  Grant: shapeOf(grant),
  HookAnswer:
    '{ continue?: boolean, permission?: "allow" | "deny", … }  (as Claude Code or Cursor documents it)',
  ToolsInitialised: `{
  tools: string[], files: string[], written: boolean
  rewritten: { file: string, server: string, environment: string, scopes: string[] }[]
  pasted_keys: { file: string, server: string, variables: string[], why: string, todo: string }[]
}`,
  ToolsUndone: '{ files: string[], edited_since: string[], keys_gone: { file: string, key: string }[] }',
  Initialised: '{ directory: string, files: string[], agent: string, owner: string }',
  Invitation: shapeOf(invitation),
  Issuer: shapeOf(issuerView),
  KeyRotated: '{ kid: string; keyfile?: string }',
  KeyRecovered: '{ deployment: string; key_id: string; keyfile: string }',
  KeyStatus: `{
  items: { purpose: string, kid: string, created_at: string, state: string }[]
  kek: { id: string, source: string }
}`,
  Lease: shapeOf(lease),
  LoggedOut: '{ profile: string, removed: boolean, ended_at_broker: boolean }',
  PolicyCheck: `{
  ok: boolean
  policies: string[]
  problems: { at: string, message: string }[]
  warnings: { at: string, message: string }[]
}`,
  PolicyTest: '{ ok: boolean, cases: { file: string, name: string, passed: boolean, message?: string }[] }',
  Kind: shapeOf(kindView),
  Root: shapeOf(rootView),
  Scanned: `{
  findings: {
    id: string, kind: string, title: string, path: string, line: number, column: number, fingerprint: string
    accepted?: { owner: string, expires: string }
    known?: string
  }[]
  open: number
  files: number
  files_unchanged: number
  skipped: { path: string, why: string }[]
  skipped_count: number
}`,
  Scope: shapeOf(scopeView),
  ServeStarted: '{ url: string, console_url: string, setup_code?: string, pid: number }',
  Simulation: shapeOf(simulation),
  Task: shapeOf(task),
  TaskEnded: shapeOf(taskEnded)
    .replace(/task: \{[\s\S]*?\n {2}\}\n/, 'task: Task\n')
    .replace(/leases: \{[\s\S]*\}\[\]/, 'leases: Lease[]'),
  TaskStarted: `{\n  task: Task\n  capped_by: ${shapeOf(taskStarted.shape.capped_by)}\n}`,
  Team: shapeOf(teamView),
  Policy: shapeOf(policyView),
  User: shapeOf(userView),
  Whoami: shapeOf(whoami),
  WhoHasWrite: shapeOf(whoHasWrite.omit({ next_cursor: true })),
}

import { BrokerError, ERRORS, type ErrorCode, type Problem } from '@credbroker/core/errors'
import { type Cli, EXIT } from '../cli.ts'
import { LocalError, UsageError } from '../usage-error.ts'
import { printable } from './printable.ts'

/** What is known of an error for people and programs alike; the JSON form of every failure is `{ error: ErrorReport }`. */
export interface ErrorReport {
  /** A code of docs/errors.md, or `usage`, `local`, `startup`, `unreachable`, `unexpected`. */
  readonly code: string
  readonly title: string
  readonly detail?: string
  readonly problems?: readonly Problem[]
  readonly required?: readonly string[]
  readonly grants?: readonly RefusedGrant[]
  readonly approval_url?: string
  readonly approval?: string
  readonly todo?: string
  readonly request_id?: string
}

type Io = Pick<Cli, 'out' | 'err' | 'json' | 'env'>

/** Prints the error and answers its exit code. A stack is shown only with `BROKER_DEBUG=1`. */
export function reportError(cli: Io, error: unknown): number {
  if (cli.env['BROKER_DEBUG'] === '1' && error instanceof Error) cli.err(`${error.stack ?? ''}\n`)
  return printReport(cli, toReport(error))
}

export function printReport(cli: Io, report: ErrorReport): number {
  cli.err(errorText(report))
  if (cli.json) cli.out(`${JSON.stringify({ error: report })}\n`)
  return exitCode(report)
}

export function toReport(error: unknown): ErrorReport {
  if (error instanceof UsageError)
    return { code: 'usage', title: error.message, ...(error.advice && { todo: error.advice }) }
  if (error instanceof LocalError)
    return {
      code: 'local',
      title: error.message,
      ...(error.problems.length > 0 && { problems: error.problems }),
      ...(error.advice && { todo: error.advice }),
    }
  return fromServer(error) ?? fromBroker(error) ?? fromSystem(error) ?? unexpected(error)
}

/** What the server throws when it cannot start in this process, by its shape: the server is loaded for `dev` and `serve` only. */
function fromServer(error: unknown): ErrorReport | undefined {
  if (error instanceof BrokerError) {
    const { title, todo } = ERRORS[error.code]
    const { problems } = error.details
    const detail = error.message === title ? {} : { detail: error.message }
    return { code: error.code, title, ...detail, ...(problems?.length && { problems }), todo }
  }
  if (!(error instanceof Error) || error.name !== 'StartupError') return undefined
  const todo = String((error as { todo?: unknown }).todo ?? '')
  return { code: 'startup', title: error.message.replace(todo, '').trim(), ...(todo && { todo }) }
}

/** Errors of the SDK, by their shape: the SDK itself is not loaded by commands that need no server. */
function fromBroker(error: unknown): ErrorReport | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'BrokerUnreachableError')
    return {
      code: 'unreachable',
      title: error.message,
      todo: 'Is it running, and is this its URL? `broker doctor` looks.',
    }
  const { code, status, reason, todo, required, approvalUrl, approvalId, requestId, problems, grants } =
    error as ApiErrorShape
  if (typeof status !== 'number' || typeof code !== 'string') return undefined
  const title = Object.hasOwn(ERRORS, code)
    ? ERRORS[code as ErrorCode].title
    : `The broker answered ${status}`
  return {
    code,
    title,
    ...(reason && reason !== title && { detail: reason }),
    ...(problems?.length && { problems }),
    ...(required?.length && { required }),
    ...(grants?.length && { grants: grants.map(refusedGrant) }),
    ...(approvalUrl && { approval_url: approvalUrl }),
    ...(approvalId && { approval: approvalId }),
    ...(todo && { todo }),
    ...(requestId && { request_id: requestId }),
  }
}

type ApiErrorShape = Error & {
  readonly code?: unknown
  readonly status?: unknown
  readonly reason?: string
  readonly todo?: string
  readonly required?: readonly string[]
  readonly approvalUrl?: string
  readonly approvalId?: string
  readonly requestId?: string
  readonly problems?: readonly Problem[]
  readonly grants?: readonly SdkGrant[]
}

/** Why one scope was not granted, named as on the wire. */
interface RefusedGrant {
  readonly scope: string
  readonly state: string
  readonly code?: string
  readonly reason?: string
  readonly required?: readonly string[]
  readonly approval_url?: string
}

type SdkGrant = Omit<RefusedGrant, 'approval_url'> & { readonly approvalUrl?: string }

const refusedGrant = ({ scope, state, code, reason, required, approvalUrl }: SdkGrant): RefusedGrant => ({
  scope,
  state,
  ...(code !== undefined && { code }),
  ...(reason !== undefined && { reason }),
  ...(required !== undefined && { required }),
  ...(approvalUrl !== undefined && { approval_url: approvalUrl }),
})

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOTDIR: 'something on the way there is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

/** What the operating system refuses is for whoever runs the command to mend, and nothing unexpected. */
function fromSystem(error: unknown): ErrorReport | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const why = Object.hasOwn(SYSTEM, code ?? '') ? SYSTEM[code as string] : undefined
  if (why === undefined || path === undefined) return undefined
  return {
    code: 'local',
    title: `${path} cannot be used: ${why} (${syscall} ${code}).`,
    todo: 'HOME, XDG_CONFIG_HOME and BROKER_STATE_DIR say where files go.',
  }
}

function unexpected(error: unknown): ErrorReport {
  const title = error instanceof Error ? error.message : 'something unknown was thrown'
  return { code: 'unexpected', title, todo: 'Set BROKER_DEBUG=1 to see where it happened.' }
}

/** 403 is a denial, and so is a task with nothing granted, except where a person can still say yes. */
function exitCode({ code, grants }: ErrorReport): number {
  if (code === 'usage') return EXIT.usage
  if (code === 'approval_required') return EXIT.pending
  if (grants !== undefined)
    return grants.every(({ state }) => state === 'pending') ? EXIT.pending : EXIT.denied
  return Object.hasOwn(ERRORS, code) && ERRORS[code as ErrorCode].status === 403 ? EXIT.denied : EXIT.failed
}

export function errorText(report: ErrorReport): string {
  const lines = [`broker: ${report.title}`]
  if (report.detail && report.grants === undefined) lines.push(`  ${report.detail}`)
  for (const { at, message } of report.problems ?? []) lines.push(`  ${at}  ${message}`)
  for (const grant of report.grants ?? []) lines.push(`  ${grantLine(grant)}`)
  for (const need of report.required ?? []) lines.push(`  needs: ${need}`)
  if (report.approval_url) lines.push(`  approve at: ${report.approval_url}`)
  if (report.todo) lines.push(`  → ${report.todo}`)
  if (report.request_id) lines.push(`  request ${report.request_id}`)
  return lines.map((line) => `${printable(line)}\n`).join('')
}

const grantLine = ({ scope, code, reason }: RefusedGrant): string =>
  `${scope}: ${[code, reason].filter(Boolean).join(' · ')}`

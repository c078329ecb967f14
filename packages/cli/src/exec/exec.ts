import { isatty } from 'node:tty'
import { newOpaque } from '@credbroker/core/opaque'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { Broker } from '@credbroker/sdk/broker'
import { type Io, systemIo } from '@credbroker/sdk/io'
import type { Task } from '@credbroker/sdk/task'
import { EXIT } from '../cli.ts'
import { deliverAll } from '../deliver/deliver-all.ts'
import type { Delivery } from '../deliver/delivery.ts'
import { FoundSecretsError, stoppedText } from '../gate/found-secrets.ts'
import type { Gate } from '../gate/gate.ts'
import type { confine as Confine } from '../sandbox/confine.ts'
import type { Enclosure, Sandbox } from '../sandbox/enclosure.ts'
import type { SandboxOptions } from '../sandbox/sandbox.ts'
import { stripAmbient } from './ambient-env.ts'
import {
  type Announcement,
  failed,
  guessed,
  outOfReach,
  refused,
  render,
  started,
  waitingFor,
} from './announce.ts'
import { serveInnerRuns } from './inner-runs.ts'
import { privateDirectory, sweepLeftovers } from './private-directory.ts'
import { exitCodeOf, runChild } from './run-child.ts'
import { type SignalWatch, watchSignals } from './signals.ts'

export interface ExecOptions {
  readonly environment: string
  readonly scopes: readonly string[]
  readonly purpose: string
  readonly ticket?: string
  /** `30m`, `8h` or seconds. */
  readonly ttl?: string | number
  /** Where a person has to approve a scope, begin when they have. */
  readonly wait?: boolean
  /** Ambient credentials that the child keeps, by exact name. */
  readonly keepEnv?: readonly string[]
  /** Where the command may go without credentials: `host`, `host:port`, `all`. Read with scopes of the gateway only. */
  readonly passThrough?: readonly string[]
  /** Confines the command: paths that it sees besides, and may change besides. */
  readonly sandbox?: {
    readonly cwd: string
    readonly read: readonly string[]
    readonly write: readonly string[]
  }
  /** The one line about itself as JSON. */
  readonly json?: boolean
  readonly command: readonly string[]
}

export interface ExecDeps {
  /** Made from the agent's profile: `new Broker({ ...profile, url, fetch, now, random })`. */
  readonly broker: Pick<Broker, 'startTask'> & Partial<Pick<Broker, 'signIn'>>
  /** The environment we were called with; the child gets what is left of it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** What looks for stray secrets before anything is granted; absent, nobody looks and nothing is said of it. */
  readonly gate?: Gate
  /** Of a run inside another: what that one has said of stray secrets. It holds here, too, and nobody looks again. */
  readonly said?: () => Promise<ScanClaim | undefined>
  /** Standard error. Standard output is the child's alone. */
  readonly err: (text: string) => void
  readonly io?: Pick<Io, 'now' | 'random' | 'after'>
  /** Whether standard input is a terminal, whose Ctrl-C reaches the child without us. */
  readonly terminal?: boolean
}

/** The broker ends the task when it has not heard of us for this long: what `kill -9` leaves behind lives no longer. */
const HEARTBEAT_SECONDS = 15
/** The vendor may be slow to confirm. The broker goes on revoking when we have gone. */
const END_MS = 15_000

/**
 * Runs a command with credentials that live as long as it does, in the form its own tools expect.
 *
 * @returns the child's exit code, 128 + n when signal n ended it; before it runs: 1 failed, 2 usage, 3 denied,
 *   4 pending, 5 stray secrets, 126 and 127 as a shell says it of a command that cannot be started
 */
export async function runExec(options: ExecOptions, deps: ExecDeps): Promise<number> {
  const say = (announcement: Announcement) => deps.err(render(announcement, options.json ?? false))
  if (options.command.length === 0 || options.scopes.length === 0) {
    say({ event: 'failed', text: 'exec needs a scope and a command', fields: { reason: 'usage' } })
    return EXIT.usage
  }
  const { ttl } = options
  const now = deps.io?.now ?? systemIo.now
  const asked = typeof ttl === 'number' ? new Date(now().getTime() + ttl * 1000) : undefined
  // Into a sandbox no terminal sends its signals: it has a session of its own.
  using signals = watchSignals(!options.sandbox && (deps.terminal ?? isatty(0)))
  let task: Task | undefined
  try {
    const sandbox = options.sandbox && (await findSandbox({ ...options.sandbox, env: deps.env }))
    const { env } = stripAmbient(deps.env, list(options.keepEnv))
    if (deps.gate) void deps.broker.signIn?.()
    const said = deps.gate ? await deps.gate({ env, visible: sandbox?.layout.visible }) : await deps.said?.()
    const scan = said && { ...said, ...(sandbox && { sandbox: true }) }
    const { environment, purpose, ticket } = options
    const scopes = [...new Set(options.scopes)]
    task = await deps.broker.startTask({
      environment,
      scopes,
      purpose,
      heartbeat: HEARTBEAT_SECONDS,
      ...(ticket !== undefined && { ticket }),
      ...(ttl !== undefined && { ttl }),
      // A part has what its whole has said, unless it says more.
      ...(scan && (deps.gate || sandbox) && { scan }),
    })
    return await runInTask(task, { ...options, asked }, { ...deps, sandbox, scan }, signals, say)
  } catch (error) {
    if (error instanceof FoundSecretsError) {
      deps.err(stoppedText(error, options.json ?? false))
      return error.exitCode
    }
    const announcement = failed(error)
    say(announcement)
    return announcement.exitCode
  } finally {
    if (task) await end(task, signals, say)
  }
}

async function runInTask(
  task: Task,
  options: ExecOptions & { readonly asked: Date | undefined },
  deps: ExecDeps & { readonly sandbox: Sandbox | undefined; readonly scan: ScanClaim | undefined },
  signals: SignalWatch,
  say: (announcement: Announcement) => void,
): Promise<number> {
  if (options.wait) await waitForPeople(task, signals, say)
  if (signals.pending) return exitCodeOf(signals.pending)
  if (task.grants.some((grant) => grant.state !== 'active')) {
    const announcement = refused(task.grants)
    say(announcement)
    return announcement.exitCode
  }
  using files = privateDirectory(deps.env)
  const { env, withheld } = stripAmbient(deps.env, list(options.keepEnv))
  const io = { ...systemIo, ...deps.io }
  using inner = await serveInnerRuns(task, files.path, newOpaque('run', io.random), deps.scan)
  const delivery = await deliverAll(task, files, io, env['PATH'] ?? '')
  const confined = deps.sandbox && (await confine(deps.sandbox, task.lender.url, delivery.credentials))
  const passThrough = [...list(options.passThrough), ...(confined?.byProxy ?? [])]
  let proxy: Delivery | undefined
  let enclosure: Enclosure | undefined
  try {
    if (
      task.grants.some(({ gateway }) => gateway && gateway.hosts.length > 0) ||
      (confined && passThrough.length > 0)
    ) {
      const { deliverProxy } = await import('./proxy/deliver-proxy.ts')
      proxy = await deliverProxy(task, { files, env, io, passThrough, say })
    }
    const served = { ...proxy?.env, ...delivery.env, ...inner.env }
    const ports = [...(proxy?.ports ?? []), ...(delivery.ports ?? [])]
    enclosure = await confined?.enclose(files, ports)
    // Nobody waits for a command that was interrupted before it began.
    if (signals.pending) return exitCodeOf(signals.pending)
    say(started(task, delivery.ends, withheld, options.asked))
    for (const guess of delivery.guesses) say(guessed(guess))
    if (confined && confined.lost.length > 0) say(outOfReach(confined.lost))
    const given = confined ? confined.env(env, served) : { ...env, ...served }
    const running = runChild(options.command, given, signals, enclosure?.start)
    setImmediate(() => sweepLeftovers(deps.env))
    return await running
  } finally {
    enclosure?.[Symbol.dispose]()
    proxy?.stop()
    delivery.stop()
  }
}

/** Where a part of it was denied already, there is nothing to wait for: the command needs all of it. */
async function waitForPeople(
  task: Task,
  signals: SignalWatch,
  say: (announcement: Announcement) => void,
): Promise<void> {
  const pending = task.grants.filter(({ state }) => state === 'pending')
  if (pending.length === 0 || task.grants.some(({ state }) => state === 'denied')) return
  say(waitingFor(pending))
  const enough = new AbortController()
  void signals.interruption().then(() => enough.abort())
  await task.decided({ signal: enough.signal }).catch((error: unknown) => {
    if (!enough.signal.aborted) throw error
  })
}

const findSandbox = async (wanted: SandboxOptions): Promise<Sandbox> =>
  await (await import('../sandbox/sandbox.ts')).findSandbox(wanted)

const confine: typeof Confine = async (...of) => (await import('../sandbox/confine.ts')).confine(...of)

/** Several at once, or one by one. */
const list = (given: readonly string[] = []): string[] => given.flatMap((items) => items.split(','))

async function end(
  task: Task,
  signals: SignalWatch,
  say: (announcement: Announcement) => void,
): Promise<void> {
  const fields = { task: task.id, end_reason: task.endReason }
  if (task.state === 'ended') {
    say({ event: 'ended-early', text: `task ${task.id} was over before the command`, fields })
    return
  }
  const enough = new AbortController()
  void signals.interruption().then(() => enough.abort())
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(END_MS)])
  try {
    await task.end({ signal })
  } catch {
    const text = `task ${task.id} could not be ended; the broker ends it within ${HEARTBEAT_SECONDS} s`
    say({ event: 'not-ended', text, fields })
  }
}

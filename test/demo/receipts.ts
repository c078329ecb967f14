import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditEvent } from '@credbroker/core/audit/event'
import { operate } from './operator.ts'
import { type Proven, proveTasks } from './prove-tasks.ts'
import { RAILWAY_ATTEMPTS } from './railway-attempts.ts'
import type { Stage } from './stage.ts'

export interface Receipts extends Proven {
  readonly records: number
  /** Every task in the log has ended, every lease in it is dead. */
  readonly complete: boolean
  /** Against the key and the checkpoint that were kept before the agent began. */
  readonly verified: boolean
  /** One changed letter in a copy of the log. */
  readonly tamperingNoticed: boolean
  /** What each task was, with what it got and what it was refused. */
  readonly tasks: readonly (readonly string[])[]
  /** Each thing that was asked of Railway, and what became of it. */
  readonly story: readonly (readonly string[])[]
  /** One call was made, under an approval that a person gave; whatever else was tried was denied. */
  readonly storyHolds: boolean
  /** Refused requests that belong to no task. */
  readonly refusals: readonly (readonly string[])[]
}

export interface Pinned {
  readonly key: string
  readonly checkpoint: string
}

/** What an auditor keeps elsewhere, before anything happens. */
export async function pin(stage: Stage): Promise<Pinned> {
  const directory = join(stage.broker.home, 'pinned')
  await exportLog(stage, directory)
  return { key: join(directory, 'public-key'), checkpoint: join(directory, 'checkpoint') }
}

export async function takeReceipts(stage: Stage, pinned: Pinned): Promise<Receipts> {
  const { directory, records, log } = await exportAll(stage)
  const verify = async (what: string) => {
    const against = ['--public-key', pinned.key, '--checkpoint', pinned.checkpoint]
    return (await stage.broker.cli(['audit', 'verify', what, ...against])).code
  }
  const forged = join(stage.broker.home, 'forged')
  await cp(directory, forged, { recursive: true })
  await writeFile(join(forged, 'audit.jsonl'), log.replace('agent.invited', 'agent.imvited'))
  const events = eventsIn(log)
  const proofs = await proveTasks(stage, pinned, events)
  return {
    ...proofs,
    records,
    complete: isComplete(events),
    verified: (await verify(directory)) === 0,
    tamperingNoticed: (await verify(forged)) === 1,
    tasks: tasksIn(events),
    story: storyIn(events),
    storyHolds: storyHolds(events),
    refusals: refusalsIn(events),
  }
}

/** Again until a checkpoint covers the end of everything: records are numbered and signed a moment after they are written. */
async function exportAll(stage: Stage) {
  for (let tries = 1; ; tries++) {
    const directory = join(stage.broker.home, `export-${tries}`)
    const records = await exportLog(stage, directory)
    const log = await readFile(join(directory, 'audit.jsonl'), 'utf8')
    const events = eventsIn(log)
    // What came first is complete by itself, and a checkpoint may end there.
    if ((isComplete(events) && storyHolds(events)) || tries === 40) return { directory, records, log }
    await sleep(500)
  }
}

function isComplete(events: readonly AuditEvent[]): boolean {
  const count = (type: string, which: (event: AuditEvent) => boolean = () => true) =>
    events.filter((event) => event.type === type && which(event)).length
  const minted = count('lease.minted', ({ phase }) => phase === 'outcome')
  const dead = count(
    'lease.ended',
    ({ facts }) => facts?.credentialDead === true && facts.sessionsDead === true,
  )
  return minted > 0 && minted === dead && count('task.started') === count('task.ended')
}

/** What the newest checkpoint covers. */
async function exportLog(stage: Stage, directory: string): Promise<number> {
  return JSON.parse(await operate(stage, 'audit', 'export', directory, '--json')).records
}

const eventsIn = (log: string): AuditEvent[] =>
  log.split('\n').flatMap((line) => {
    const { event } = line === '' ? {} : (JSON.parse(line) as { event?: AuditEvent })
    return event === undefined ? [] : [event]
  })

function tasksIn(events: readonly AuditEvent[]): string[][] {
  const ids = new Set(events.flatMap(({ type, task }) => (type === 'task.started' && task ? [task] : [])))
  return [...ids].map((id) => {
    const own = events.filter(({ task }) => task === id)
    const of = (type: string) => own.filter((event) => event.type === type && event.scope)
    const pending = of('grant.pending').map(({ scope }) => `${scope} (pending)`)
    // Asked for while it waits: that is the same refusal once more.
    const denied = of('grant.denied').filter(({ code }) => code !== 'approval_required')
    const { actor, environment } = own.find(({ type }) => type === 'task.started') as AuditEvent
    const end = own.find(({ type }) => type === 'task.ended')
    const minted = own.filter(({ type, phase }) => type === 'lease.minted' && phase === 'outcome').length
    const dead = own.filter(
      ({ type, facts }) => type === 'lease.ended' && facts?.sessionsDead === true,
    ).length
    return [
      `…${id.slice(-6)}`,
      actor.id,
      environment ?? '',
      of('grant.active')
        .map(({ scope }) => scope)
        .join(' '),
      [...pending, ...denied.map(({ scope, code }) => `${scope} (${code})`)].join(' '),
      `${minted}/${dead}`,
      String(end?.facts?.change ?? 'not ended'),
    ]
  })
}

/** The one task that called through the gateway, line by line; what Railway was asked only to find things out is left off. */
function storyIn(events: readonly AuditEvent[]): string[][] {
  const id = events.find(({ type }) => type === 'gateway.denied')?.task
  const own = events.filter(({ task, facts }) => task === id && facts?.operation !== 'resolve')
  const lines: string[][] = []
  let times = 1
  for (const { type, phase, code, result, facts, actor, approval } of own) {
    const what = phase === 'event' ? type : `${type}, ${phase}`
    const under = approval === undefined ? '' : `…${approval.slice(-6)}`
    const line = [actor.id, what, String(facts?.operation ?? ''), code ?? result ?? '', under]
    const last = lines.at(-1)
    times = last && last.slice(0, 5).join() === line.join() ? times + 1 : 1
    if (times > 1) lines[lines.length - 1] = [...line, `${times} ×`]
    else lines.push(line)
  }
  return lines
}

function storyHolds(events: readonly AuditEvent[]): boolean {
  const of = (type: string, phase = 'event') =>
    events.filter(
      (event) => event.type === type && event.phase === phase && event.facts?.operation !== 'resolve',
    )
  const [intent, ...others] = of('gateway.called', 'intent')
  const [given] = of('approval.given')
  const [outcome] = of('gateway.called', 'outcome')
  const tried = Object.values(RAILWAY_ATTEMPTS).filter((attempt) => 'variant' in attempt).length
  return (
    others.length === 0 &&
    intent?.approval !== undefined &&
    intent.approval === given?.approval &&
    given.actor.id === 'ada' &&
    outcome?.intent === intent.id &&
    outcome.result === 'ok' &&
    of('gateway.denied').length >= tried
  )
}

function refusalsIn(events: readonly AuditEvent[]): string[][] {
  const counts = new Map<string, number>()
  for (const { type, code = 'denied' } of events)
    if (type === 'token.refused' || type === 'task.denied') {
      const what = `${type} ${code}`
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
  return [...counts].map(([what, count]) => [what, `${count} ×`])
}

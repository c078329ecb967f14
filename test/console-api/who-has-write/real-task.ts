import type { Access } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { Config, LiveConfig } from '../../../apps/broker/src/application/config/live-config.ts'
import { liveAgent } from '../../../apps/broker/src/application/identity/authenticate.ts'
import type { TaskCaller } from '../../../apps/broker/src/application/identity/caller.ts'
import { checkUse } from '../../../apps/broker/src/application/leases/check-use.ts'
import { decideAllowedCall } from '../../../apps/broker/src/application/tasks/decide-call.ts'
import { draftGrants } from '../../../apps/broker/src/application/tasks/draft-grants.ts'
import type { ConfigRows } from '../../../apps/broker/src/domain/config.ts'
import type { Task } from '../../../apps/broker/src/domain/task.ts'
import { APPROVAL_LEVELS } from '../../../packages/policy/src/request.ts'
import { now } from './world.ts'

const macs = {
  mac: (_: string, message: string) => message,
  matches: (_: string, message: string, mac: string) => message === mac,
}
interface Wish {
  readonly ticket: string | null
  readonly ttlSeconds: number
}

/** What a task that asks for one scope really gets, by the code that starts tasks, checks uses and decides calls. */
export async function really(
  config: Config,
  agentName: string,
  scope: string,
  environment: string,
  wish: Wish,
) {
  const got = new Map<Access, string>()
  const agent = config.snapshot.stored('agents', agentName)?.row
  if (!agent) return got
  const endsAt = new Date(now.getTime() + wish.ttlSeconds * 1000)
  const task = {
    id: 'tsk_1',
    agent: agentName,
    owner: agent.owner,
    environment,
    purpose: 'work',
    ticket: wish.ticket,
    jkt: 'k',
    state: 'active',
    endsAt,
    lineage: [],
    heartbeatDue: null,
  } as unknown as Task
  const deps = { macs: macs as never, newId: (kind: string) => kind, random: (bytes: Uint8Array) => bytes }
  const caller = {
    kind: 'task',
    name: agentName,
    owner: agent.owner,
    jkt: 'k',
    task: 'tsk_1',
  } as unknown as TaskCaller
  try {
    const live = liveAgent(config, agentName)
    const drafted = draftGrants(deps as never, config, live, task, [scope], now)
    const [grant] = drafted.grants
    if (!grant) return got
    const waits = grant.state === 'pending'
    const level = drafted.questions[0]?.body.level
    const active = { ...grant, state: 'active' as const }
    const found = config.snapshot.scope(scope)
    const check = checkUse({
      config: { atLeast: async () => config } as unknown as LiveConfig,
      macs: { ...macs, matches: () => true } as never,
      audit: { append: async () => undefined } as never,
      record: (() => ({})) as never,
      clock: { now: () => now },
      approved: async () => (waits ? level : undefined),
      uses: {
        use: async () => ({
          configVersion: 1,
          task,
          grant: active,
          grantMac: '',
          above: [],
          holds: drafted.holds.map(({ holder, side }) => ({ holder, side })),
          now,
        }),
      } as never,
    })
    const gateway = found?.connector != null
    const allowed = await check(caller, scope, gateway ? 'call' : 'mint')
    if (!gateway) for (const access of active.access) got.set(access, waits ? (level as string) : 'yes')
    else
      for (const call of callsOf(found)) {
        const asked = {
          operations: [call],
          facts: { environments: [environment], touches: [found.side], erases: [] },
        }
        const decided = decideAllowedCall(config, allowed, asked, now)
        const answers = decided.verdict === 'permit' ? ['yes'] : []
        if (decided.verdict === 'approval') {
          const approval = { level: decided.level }
          if (decideAllowedCall(config, allowed, { ...asked, approval }, now).verdict === 'permit')
            answers.push(decided.level)
        }
        for (const answer of answers)
          for (const access of call.levels) if (easier(answer, got.get(access))) got.set(access, answer)
      }
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
  }
  return got
}

/** Easiest first. */
export const EASE = ['yes', ...APPROVAL_LEVELS]
const easier = (one: string, than: string | undefined) =>
  than === undefined || EASE.indexOf(one) < EASE.indexOf(than)

/** Every call that the connector could read: any of the levels of an operation. */
const callsOf = ({ operations, access }: ConfigRows['scopes']): { id?: string; levels: Access[] }[] =>
  (operations ?? [{ id: undefined, access }]).flatMap(({ id, access: most }) =>
    subsets(most).map((levels) => ({ ...(id && { id }), levels })),
  )
const subsets = (levels: readonly Access[]): Access[][] =>
  Array.from({ length: 2 ** levels.length - 1 }, (_, bits) =>
    levels.filter((_level, at) => ((bits + 1) >> at) & 1),
  )

import { join } from 'node:path'
import { type ClientKey, generateClientKey } from '@credbroker/core/client-key'
import type { DelegationRequest } from '@credbroker/core/wire/delegation'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import postgres from 'postgres'
import { vi } from 'vitest'
import { STAGING_POLICY, stagingText, startStaging, writeFiles } from '../e2e/shops.ts'
import type { Identity } from '../harness/broker.ts'
import { type Answer, proofFor, send, tokenOf } from './wire.ts'

/** A task and the key that its token is bound to. */
export interface Member {
  readonly key: ClientKey
  readonly started: TaskStarted
}

type Wanted = Partial<Omit<DelegationRequest, 'proof'>> & { readonly [unknown: string]: unknown }
interface By {
  readonly key?: ClientKey
  readonly proof?: string
  readonly token?: string
}

const KEEPER = `forbid(principal == Agent::"keeper", action, resource == Scope::"orders-ro");
`

/** A broker with agents of one owner and one of another, tasks of `fixer`, and children of them. */
export async function startFamily() {
  const world = await startStaging()
  const { broker, agent } = world
  const apply = async (policy = '') => {
    const text = stagingText(world.staging, broker.home)
      .replace('agents:\n', 'agents:\n  helper: { owner: mia }\n  keeper: { owner: mia }\n')
      .replace(
        'scopes:\n',
        'scopes:\n  backup-rw: { root: staging-orders, environment: staging, side: backup, maxTtl: 10m, allow: { template: read-write, schemas: [public] } }\n',
      )
    const files = await writeFiles(join(broker.home, 'family'), text, {
      'staging.cedar': STAGING_POLICY + KEEPER + policy,
    })
    const ran = await broker.cli(['apply', '-f', files, '--yes'])
    if (ran.code !== 0) throw new Error(ran.stdout + ran.stderr)
  }
  await apply()
  const start = async (body: object = {}, { key, principal, client }: Identity = agent): Promise<Member> => {
    const order = {
      environment: 'staging',
      purpose: 'the whole',
      scopes: ['orders-ro', 'orders-rw'],
      ...body,
    }
    const token = await tokenOf(broker, { key, principal, client })
    const answer = await send(broker, { method: 'POST', path: '/v1/tasks', body: order, token, key })
    if (answer.status !== 201) throw new Error(answer.text)
    return { key, started: answer.body as unknown as TaskStarted }
  }
  const ask = async (parent: Member, wanted: Wanted = {}, by: By = {}): Promise<Answer> => {
    const path = `/v1/tasks/${parent.started.task.id}/delegate`
    const key = by.key ?? generateClientKey()
    const proof = by.proof ?? proofFor(broker, key, { method: 'POST', path })
    const body = { proof, scopes: ['orders-ro'], purpose: 'a part', ...wanted }
    const token = by.token ?? parent.started.token.access_token
    return await send(broker, { method: 'POST', path, body, token, key: parent.key })
  }
  const asMember = ({ key, started }: Member, path: string, body?: object): Promise<Answer> =>
    send(broker, { method: body ? 'POST' : 'GET', path, body, token: started.token.access_token, key })
  return {
    world,
    broker,
    agent,
    apply,
    start,
    ask,
    /** A child that must be allowed. */
    async have(parent: Member, wanted: Wanted = {}, key = generateClientKey()): Promise<Member> {
      const answer = await ask(parent, wanted, { key })
      if (answer.status !== 201) throw new Error(answer.text)
      return { key, started: answer.body as unknown as TaskStarted }
    },
    mint: (member: Member, scope = 'orders-ro') => asMember(member, '/v1/credentials', { scope }),
    end: (member: Member) => asMember(member, `/v1/tasks/${member.started.task.id}/end`, {}),
    asMember,
    database: (statement: string) => world.staging.admin(statement, 'credbroker'),
    roles: () => world.staging.admin(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'brk\\_%'`),
    /** Runs them at once on one task, of which none can go on before all wait for it, in this order. */
    async inOrder(task: string, acts: readonly (() => Promise<unknown>)[]): Promise<void> {
      const holder = postgres(world.staging.server.url, { max: 1, onnotice: () => {} })
      const waiting = async (count: number) => {
        const found = await world.staging.admin(
          `SELECT pid FROM pg_stat_activity WHERE datname = 'credbroker' AND wait_event_type = 'Lock'`,
        )
        return found.length >= count
      }
      const running: Promise<unknown>[] = []
      await holder.begin(async (tx) => {
        await tx`SELECT FROM tasks WHERE id = ${task} FOR UPDATE`
        for (const act of acts) {
          running.push(act())
          await vi.waitUntil(() => waiting(running.length), { timeout: 20_000, interval: 20 })
        }
      })
      await Promise.all(running)
      await holder.end()
    },
    stop: () => world.stop(),
  }
}

export type Family = Awaited<ReturnType<typeof startFamily>>

/** What a token says, unverified. */
export const claimsOf = ({ started }: Member) =>
  JSON.parse(Buffer.from(started.token.access_token.split('.')[1] ?? '', 'base64url').toString())

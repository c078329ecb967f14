import { randomUUID } from 'node:crypto'
import { generateClientKey } from '@credbroker/core/client-key'
import type { TaskStarted } from '@credbroker/core/wire/tasks'
import { send, tokenOf } from '../../security/wire.ts'
import { admin, begin, busy, type Step, same, work } from './step.ts'

/** What agents do. */
export const AGENT_STEPS: readonly Step[] = [
  {
    name: 'a mint',
    async prepare(line) {
      // Nothing ends this task early: a lost mint is found by its own deadline.
      const task = await begin(line, 'orders-ro', { ttl: '45s' })
      return same(() => task.credential('orders-ro', { ttl: '10s' }))
    },
  },
  {
    name: 'a start',
    async prepare({ agent }) {
      // Without the client's own retries and heartbeats: nobody looks after this task either.
      const headers = { 'idempotency-key': randomUUID() }
      const body = { ...work, scopes: ['orders-ro'], heartbeat: '5s' }
      return same(() => agent.client.request({ method: 'POST', path: '/v1/tasks', body, headers }))
    },
  },
  {
    name: 'a heartbeat',
    skip: ['proofs.take', 'audit.append'],
    async prepare(line) {
      const { id } = await begin(line)
      return same(() => line.agent.client.request({ method: 'POST', path: `/v1/tasks/${id}/heartbeat` }))
    },
  },
  {
    name: 'a request for more scopes',
    async prepare(line) {
      const task = await begin(line)
      return { run: () => task.request(['orders-rw']), again: () => task.credential('orders-rw') }
    },
  },
  {
    name: 'the end of a task',
    async prepare(line) {
      const { task, user } = await busy(line)
      return {
        run: () => task.end(),
        async again() {
          const leases = await task.end()
          if (!leases.every(({ credentialDead, sessionsDead }) => credentialDead && sessionsDead))
            throw new Error(`not dead: ${user}`)
        },
      }
    },
  },
  {
    name: 'an enrolment',
    async prepare(line) {
      const invite = () => admin<{ token: string }>(line, 'POST', '/v1/agents/other/invitations')
      const key = generateClientKey()
      const enrol = async (token: string) => {
        const body = { token, key: key.publicJwk }
        const answer = await send(line.broker, { method: 'POST', path: '/v1/enrolments', key, body })
        if (answer.status !== 201 && answer.code !== 'enrolment_invalid') throw new Error(answer.text)
        return answer.code
      }
      const { token } = await invite()
      return {
        run: () => enrol(token),
        async again() {
          if ((await enrol(token)) === undefined) return
          // The crash took the answer with it, and the token is spent: the way on is a new one.
          if ((await enrol((await invite()).token)) !== undefined) throw new Error('cannot be enrolled')
        },
      }
    },
  },
  {
    name: 'a sign-in',
    skip: [],
    prepare: async (line) =>
      same(async () => {
        if ((await tokenOf(line.broker, line.agent)) === 'undefined') throw new Error('no token')
      }),
  },
  {
    name: 'a denied start',
    skip: ['proofs.take'],
    async prepare(line) {
      const { agent } = line
      await begin(line)
      const order = { ...work, scopes: ['nothing-of-this-name'] }
      const ask = () =>
        agent.client.request<TaskStarted>({ method: 'POST', path: '/v1/tasks', body: order }).then(
          () => {
            throw new Error('granted')
          },
          (error: { code?: string }) => {
            if (!error.code) throw error
          },
        )
      return same(ask)
    },
  },
]

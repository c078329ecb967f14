import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { begin, expectDone, type Step } from './step.ts'

/** Long enough for every chore to have had its turn, and for what was due to be swept. */
const CHORES_MS = 8000

/** What the broker does by itself. */
export const BROKER_STEPS: readonly Step[] = [
  {
    name: 'the chores',
    chores: true,
    // Only once: as long as nothing changes there is nothing to tell. test/resilience/rotation dies there; test/runtime/leaks.test.ts
    // dies where found secrets are looked at.
    skip: ['chore/intents.answer', 'chore/leakReports.take'],
    async prepare(line) {
      const task = await begin(line, 'orders-ro', { ttl: '6s' })
      await task.credential('orders-ro')
      await line.broker.kill9()
      return {
        async run() {
          await line.broker.restart().catch(() => undefined)
          await Promise.race([line.died(), setTimeout(CHORES_MS)])
        },
        again: async () => undefined,
      }
    },
  },
  {
    name: 'the first boot',
    async prepare({ broker, shop }) {
      const id = randomUUID().slice(0, 8)
      const fresh = {
        DATABASE_URL: await shop.server.createDatabase(`fresh_${id}`),
        BROKER_CHECKPOINT_FILE: join(broker.home, id),
      }
      await shop.admin(`REVOKE CONNECT ON DATABASE fresh_${id} FROM PUBLIC`, 'postgres')
      await broker.kill9()
      return {
        run: () => broker.restart(fresh),
        async again() {
          await broker.restart(fresh)
          expectDone(await broker.cli(['env', 'show', 'staging']))
          await broker.restart()
        },
      }
    },
  },
]

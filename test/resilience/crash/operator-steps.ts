import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { admin, begin, busy, expectDone, type Step, same } from './step.ts'

/** What operators do. */
export const OPERATOR_STEPS: readonly Step[] = [
  {
    name: 'a revoked lease',
    async prepare(line) {
      const { lease } = await busy(line)
      return same(() => admin(line, 'DELETE', `/v1/leases/${lease.id}`))
    },
  },
  {
    name: 'a revoked grant',
    async prepare(line) {
      const { task } = await busy(line)
      const revoke = () => admin(line, 'DELETE', `/v1/grants/${task.grants[0]?.id}`)
      return {
        run: revoke,
        again: () =>
          revoke().catch((error: { code?: string }) => {
            if (error.code !== 'not_found') throw error
          }),
      }
    },
  },
  {
    name: 'a freeze',
    async prepare(line) {
      const freeze = () => admin(line, 'POST', '/v1/freeze', { agent: 'fixer' })
      const unfreeze = () => admin(line, 'POST', '/v1/unfreeze', { agent: 'fixer' })
      // Ends what earlier steps left, so that there is one lease to end.
      await freeze()
      await unfreeze()
      await busy(line)
      return {
        run: freeze,
        async again() {
          await freeze()
          await unfreeze()
          await begin(line)
        },
      }
    },
  },
  {
    name: 'the end of a freeze',
    async prepare(line) {
      await admin(line, 'POST', '/v1/freeze', { agent: 'fixer' })
      return same(() => admin(line, 'POST', '/v1/unfreeze', { agent: 'fixer' }))
    },
  },
  {
    name: 'an applied configuration',
    async prepare(line) {
      const scope = `  x${randomUUID().slice(0, 8)}: { root: staging-orders, environment: staging, allow: { template: read-only, schemas: [public] } }`
      await writeFile(join(line.files, 'broker.yaml'), `${line.text}\n${scope}\n`)
      return same(() => line.broker.cli(['apply', '-f', line.files, '--yes']).then(expectDone))
    },
  },
  {
    name: 'a root taken in',
    async prepare(line) {
      const name = `r${randomUUID().slice(0, 8)}`
      const body = {
        name,
        provider: 'postgres-role',
        environment: 'staging',
        owner: 'mia',
        secret: line.shop.root,
      }
      const add = () => admin(line, 'POST', '/v1/roots', body)
      return {
        run: add,
        async again() {
          // It is there, whole, or not at all.
          await add().catch((error: { code?: string }) => {
            if (error.code !== 'conflict') throw error
          })
          await admin(line, 'POST', `/v1/roots/${name}/check`)
        },
      }
    },
  },
  {
    name: 'a rotated root',
    async prepare(line) {
      const { task } = await busy(line, 'rotated-ro')
      const rotate = () => admin(line, 'POST', '/v1/roots/rotated/rotate')
      return {
        run: rotate,
        async again() {
          // Whichever of the two the vendor holds by now, what was minted before can be ended (I7).
          const ended = await task.end()
          if (!ended.every(({ sessionsDead }) => sessionsDead))
            throw new Error('not dead: a lease of the root')
          await rotate()
          const next = await begin(line, 'rotated-ro')
          await next.credential('rotated-ro')
        },
      }
    },
  },
  {
    name: 'an invitation',
    prepare: async (line) => same(() => admin(line, 'POST', '/v1/agents/other/invitations')),
  },
  {
    name: 'a new signing key',
    prepare: async (line) => same(() => admin(line, 'POST', '/v1/keys/rotate', { purpose: 'access-token' })),
  },
]

import type { Role } from '@credbroker/core/config/document'
import { expect, it, vi } from 'vitest'
import { applyConfig, planConfig } from '../config/apply-config.ts'
import { disable } from '../config/disable.ts'
import { freeze, unfreeze } from '../config/freeze.ts'
import { putPolicy, removePolicy } from '../config/put-policy.ts'
import { addRoot } from '../roots/add-root.ts'
import { checkRoot } from '../roots/check-root.ts'
import { replaceRoot } from '../roots/replace-root.ts'
import { rotateRoot } from '../roots/rotate-root.ts'
import type { Caller } from './caller.ts'
import { invite } from './invite.ts'

const caller = {
  kind: 'user',
  via: 'key',
  name: 'mia',
  roles: ['admin', 'operator', 'viewer'],
  requestId: 'req',
} as unknown as Caller
const agent = { kind: 'agent', name: 'mia' } as unknown as Caller

/** Whoever asks was let in as an admin and is, by now, this. Anything else that is touched fails the test. */
function world(user: { readonly roles: readonly Role[]; readonly disabled: boolean }) {
  const refresh = vi.fn(async () => ({ snapshot: { user: () => ({ name: 'mia', ...user }) } }))
  return { config: { refresh } } as never
}

const EVERY: Record<string, (deps: never, who: Caller) => Promise<unknown>> = {
  addRoot: (deps, who) => addRoot(deps)(who, {} as never, {}),
  applyConfig: (deps, who) => applyConfig(deps)(who, {} as never),
  checkRoot: (deps, who) => checkRoot(deps)(who, 'db'),
  disable: (deps, who) => disable(deps)(who, 'agents', 'fixer'),
  freeze: (deps, who) => freeze(deps)(who, { all: true }, null),
  invite: (deps, who) => invite(deps)(who, 'agent:fixer'),
  planConfig: (deps, who) => planConfig(deps)(who, {} as never),
  putPolicy: (deps, who) => putPolicy(deps)(who, { name: 'a', text: '' }),
  removePolicy: (deps, who) => removePolicy(deps)(who, 'a'),
  replaceRoot: (deps, who) => replaceRoot(deps)(who, 'db', {}),
  rotateRoot: (deps, who) => rotateRoot(deps)(who, 'db'),
  unfreeze: (deps, who) => unfreeze(deps)(who, { all: true }),
}

it.each(Object.entries(EVERY))(
  '%s: who was demoted or disabled after being let in changes nothing any more',
  async (_, act) => {
    for (const user of [
      { roles: ['viewer'] as const, disabled: false },
      { roles: ['admin'] as const, disabled: true },
    ])
      await expect(act(world(user), caller)).rejects.toMatchObject({ code: 'forbidden' })
  },
)

it.each(Object.entries(EVERY))(
  '%s: an agent that tries is refused before anything is read',
  async (_, act) => {
    const deps = world({ roles: ['admin'], disabled: false }) as { config: { refresh: () => unknown } }
    await expect(act(deps as never, agent)).rejects.toMatchObject({ code: 'forbidden' })
    expect(deps.config.refresh).not.toHaveBeenCalled()
  },
)

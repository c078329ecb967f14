import type { whoami } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { useOne } from '../api/queries.ts'
import { token } from '../api/session.ts'

export type Me = z.infer<typeof whoami>
export type Role = NonNullable<Me['roles']>[number]

/** Who is signed in in this browser. */
export const useMe = () => useOne<Me>('/v1/whoami', { enabled: token() !== null })

export const nameOf = (me: Pick<Me, 'principal'>): string => me.principal.replace(/^user:/, '')

/** Which roles come with which: as the broker has it. An admin does not approve. */
const IMPLIES: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer'],
  operator: ['operator', 'viewer'],
  approver: ['approver', 'viewer'],
  admin: ['admin', 'operator', 'viewer'],
}

/** Whether the signed-in person has this role: to leave out what the broker would refuse anyway. */
export function useRole(role: Role): boolean {
  const roles = useMe().data?.roles ?? []
  return roles.some((own) => IMPLIES[own].includes(role))
}

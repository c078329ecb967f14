import type { Role } from '@credbroker/core/config/document'
import { liveUser } from './authenticate.ts'
import { type Caller, requireRole, type UserCaller } from './caller.ts'
import type { Config } from './live-config.ts'

/**
 * The caller's role in the very version that the change is written against: who was disabled or demoted a moment ago
 * changes nothing any more, however early their request was let in. @throws BrokerError `forbidden`
 */
export function requireRoleNow(
  config: Pick<Config, 'snapshot'>,
  caller: Caller,
  role: Role,
): asserts caller is UserCaller {
  requireRole(caller, role)
  requireRole({ ...caller, roles: liveUser(config, caller.name).roles }, role)
}

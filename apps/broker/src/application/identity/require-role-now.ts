import type { Role } from '@credbroker/core/config/document'
import type { Config, LiveConfig } from '../config/live-config.ts'
import { liveUser } from './authenticate.ts'
import { type Caller, requireRole, type UserCaller } from './caller.ts'

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

/**
 * The configuration as stored now, for a change that only this role may make. Whoever has not even been let in as one causes no
 * reading of it. @throws BrokerError `forbidden`
 */
export async function configAs(
  live: Pick<LiveConfig, 'refresh'>,
  caller: Caller,
  role: Role,
): Promise<Config> {
  requireRole(caller, role)
  const config = await live.refresh()
  requireRoleNow(config, caller, role)
  return config
}

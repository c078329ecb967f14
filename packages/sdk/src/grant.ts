import type { Access } from '@credbroker/core/access'
import type { ErrorCode } from '@credbroker/core/errors'
import type { GrantView } from '@credbroker/core/wire/tasks'

export interface DeniedAccess {
  readonly access: Access
  readonly code: ErrorCode
  readonly reason: string
}

/** The decision that a task may use a scope until a time. */
export interface Grant {
  /** Absent where the scope was denied. */
  readonly id?: string
  readonly scope: string
  readonly environment: string
  readonly access: readonly Access[]
  /** Levels of the scope that the task did not get: calls that need them are denied. Set where that was just decided. */
  readonly deniedAccess?: readonly DeniedAccess[]
  readonly state: 'pending' | 'active' | 'denied' | 'ended'
  readonly endsAt?: Date
  readonly endReason?: 'done' | 'expired' | 'revoked' | 'frozen'
  /** Which handle fits: `postgres`, `aws`. */
  readonly form?: string
  /** Set where nothing is minted and calls go through the gateway: `task.fetch`. */
  readonly gateway?: {
    readonly connector: string
    /** Where the vendor's own tools send such calls: `host`, or `host:port`. */
    readonly hosts: readonly string[]
    /** Variables of a credential without which those tools do not start. */
    readonly placeholders?: readonly string[]
  }
  /** Set where it was denied or waits. */
  readonly code?: ErrorCode
  readonly reason?: string
  readonly required?: readonly string[]
  readonly approvalUrl?: string
}

/** @internal */
export function grantFromWire(view: GrantView): Grant {
  const { id, scope, environment, access, state, form, gateway, code, reason, required } = view
  return {
    scope,
    environment,
    access,
    state,
    ...(view.denied_access !== undefined && { deniedAccess: view.denied_access }),
    ...(id !== undefined && { id }),
    ...(view.ends_at !== undefined && { endsAt: new Date(view.ends_at) }),
    ...(view.end_reason !== undefined && { endReason: view.end_reason }),
    ...(form !== undefined && { form }),
    ...(gateway !== undefined && { gateway: gatewayFromWire(gateway) }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
    ...(required !== undefined && { required }),
    ...(view.approval_url !== undefined && { approvalUrl: view.approval_url }),
  }
}

const gatewayFromWire = ({ connector, hosts, placeholders }: NonNullable<GrantView['gateway']>) => ({
  connector,
  hosts,
  ...(placeholders !== undefined && { placeholders }),
})

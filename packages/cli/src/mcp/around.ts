import type { Grant } from '@credbroker/sdk/grant'
import type { Make } from '../call/task-of.ts'

/** The run that a server was started inside of: calls are made in its task, which ends with its command. */
export interface Around {
  readonly call: Make
  /** What that task has, and where. @throws BrokerUnreachableError when the run has ended */
  readonly access: () => Promise<{ task: string; environment: string; grants: readonly Grant[] }>
}

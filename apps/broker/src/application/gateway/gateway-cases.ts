import type { Connectors } from '@credbroker/connectors/known'
import type { Clock } from '../../ports/clock.ts'
import type { Egress } from '../../ports/egress.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { Log } from '../../ports/log.ts'
import type { Stores } from '../../ports/stores.ts'
import type { AskApproval, FitApproval } from '../approvals/call-question.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { MintDeps } from '../leases/mint-credential.ts'
import type { RootVault } from '../roots/root-vault.ts'
import { askBatch } from './ask-batch.ts'
import { Budgets } from './budgets.ts'
import { callGateway } from './call.ts'
import { HeldBodies } from './held-bodies.ts'
import { InnerCredentials } from './inner-credentials.ts'
import { OpenCalls } from './open-calls.ts'
import { Outcomes } from './outcomes.ts'

interface Parts {
  readonly stores: Pick<Stores, 'uses' | 'proofs' | 'calls' | 'leases' | 'audit'>
  readonly minting: MintDeps
  readonly config: LiveConfig
  readonly macs: Macs
  readonly connectors: Connectors
  readonly egress: Egress
  readonly vault: RootVault
  readonly ask: AskApproval
  readonly fit: FitApproval
  readonly record: Recorder
  readonly clock: Clock
  readonly log: Log
}

/** Everything about calls through the gateway. */
export function gatewayCases({ stores, minting, ...parts }: Parts) {
  const { clock, log } = parts
  const open = new OpenCalls(stores.calls, log)
  const outcomes = new Outcomes(stores.audit, log)
  const deps = {
    ...parts,
    uses: stores.uses,
    proofs: stores.proofs,
    ledger: stores.calls,
    audit: stores.audit,
    inner: new InnerCredentials(minting, stores.leases),
    budgets: new Budgets(clock),
    bodies: new HeldBodies(),
    open,
    outcomes,
  }
  return {
    call: callGateway(deps),
    askBatch: askBatch(deps),
    /** Somewhere work ended: what of it is still open here is cut now. */
    check: () => void open.check(),
    /** `drained`: no client waits for an answer any more. */
    stop: async (drained: Promise<void>) => {
      await open.stop(drained)
      await outcomes.settled()
    },
  }
}

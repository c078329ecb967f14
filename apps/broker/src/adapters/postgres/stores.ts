import type { Sql } from 'postgres'
import type { Stores } from '../../ports/stores.ts'
import { approvalStore } from './approvals.ts'
import { createCheckpointStore } from './audit/checkpoints.ts'
import { createAuditLog } from './audit/log.ts'
import { createAuditMover } from './audit/mover.ts'
import { createAuditReader } from './audit/reader.ts'
import { receiptRecords } from './audit/receipt-records.ts'
import { createAuditSearch } from './audit/search.ts'
import { createAuditTree } from './audit/tree.ts'
import { callLedger } from './call-ledger.ts'
import { clientKeyStore, enrolmentStore } from './client-keys.ts'
import { configStore } from './config-store.ts'
import { deploymentStore } from './deployment.ts'
import { deviceStore } from './device-requests.ts'
import { expiredRows } from './expired-rows.ts'
import { lastUses } from './last-uses.ts'
import { leakReports } from './leak-reports.ts'
import { leakedRoots, leakMatcher, oneTimeSecrets, rootFingerprints } from './leaks.ts'
import { leaseQueue, leaseReader, leaseWriter } from './leases.ts'
import { keyLender } from './lent-keys.ts'
import { lineageReader } from './lineage-reader.ts'
import { noticeQueue } from './notices.ts'
import { openIntents } from './open-intents.ts'
import { passkeyStore, recoveryCodeStore, ssoLinkStore } from './people.ts'
import { retirementQueue, rotationStore } from './root-rotations.ts'
import { rootSecretStore } from './root-secrets.ts'
import { sessionStore } from './sessions.ts'
import { setupStore } from './setups.ts'
import { signingKeyStore } from './signing-keys.ts'
import { taskDelegator } from './task-delegate.ts'
import { taskEnder } from './task-end.ts'
import { taskReader } from './task-reader.ts'
import { taskStarter } from './task-start.ts'
import { proofBook, useReader } from './use-reader.ts'
import { workCounter } from './work-counter.ts'

/** Every store of the broker, on one PostgreSQL. */
export function createStores(sql: Sql): Stores {
  const tree = createAuditTree(sql)
  return {
    config: configStore(sql),
    deployment: deploymentStore(sql),
    devices: deviceStore(sql),
    secrets: rootSecretStore(sql),
    rotations: rotationStore(sql),
    retirements: retirementQueue(sql),
    intents: openIntents(sql),
    keys: clientKeyStore(sql),
    enrolments: enrolmentStore(sql),
    lender: keyLender(sql),
    signingKeys: signingKeyStore(sql),
    passkeys: passkeyStore(sql),
    recoveryCodes: recoveryCodeStore(sql),
    sessions: sessionStore(sql),
    ssoLinks: ssoLinkStore(sql),
    setups: setupStore(sql),
    starter: taskStarter(sql),
    tasks: taskReader(sql),
    lineage: lineageReader(sql),
    delegator: taskDelegator(sql),
    ender: taskEnder(sql),
    uses: useReader(sql),
    proofs: proofBook(sql),
    approvals: approvalStore(sql),
    notices: noticeQueue(sql),
    calls: callLedger(sql),
    lastUses: lastUses(sql),
    leases: leaseReader(sql),
    leaseWriter: leaseWriter(sql),
    queue: leaseQueue(sql),
    rootFingerprints: rootFingerprints(sql),
    leakMatcher: leakMatcher(sql),
    leakedRoots: leakedRoots(sql),
    leakReports: leakReports(sql),
    oneTimeSecrets: oneTimeSecrets(sql),
    audit: createAuditLog(sql),
    auditReader: createAuditReader(sql, tree),
    auditSearch: createAuditSearch(sql),
    counter: workCounter(sql),
    receipts: receiptRecords(sql),
    tree,
    mover: createAuditMover(sql),
    checkpoints: createCheckpointStore(sql),
    expired: expiredRows(sql),
  }
}

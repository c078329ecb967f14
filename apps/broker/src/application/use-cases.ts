import type { Connectors } from '@credbroker/connectors/known'
import type { FillRandom } from '@credbroker/core/ids'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { AssertionSigner } from '../ports/assertions.ts'
import type { Clock, NewId } from '../ports/clock.ts'
import type { Egress } from '../ports/egress.ts'
import type { Keyring } from '../ports/keyring.ts'
import type { LeaseWriter } from '../ports/lease-store.ts'
import type { Log } from '../ports/log.ts'
import type { NoticeSender } from '../ports/notices.ts'
import type { Stores } from '../ports/stores.ts'
import type {
  AccessTokenIssuer,
  AccessTokenVerifier,
  AssertionVerifier,
  ProofVerifier,
} from '../ports/tokens.ts'
import type { WebAuthn } from '../ports/webauthn.ts'
import type { WorkloadTokens } from '../ports/workload-tokens.ts'
import { approvalCases } from './approvals/approval-cases.ts'
import { changeCases } from './approvals/change-cases.ts'
import { eventCases } from './audit/event-cases.ts'
import { recordRefusal } from './audit/record-refusal.ts'
import { createRecorder } from './audit/recorder.ts'
import { configCases } from './config/config-cases.ts'
import { endBreakGlass, sweepBreakGlass } from './config/end-break-glass.ts'
import { freeze, freezeAll, unfreeze } from './config/freeze.ts'
import { type CompileDecider, LiveConfig } from './config/live-config.ts'
import { sealedWrites } from './config/sealed-writes.ts'
import { startBreakGlass } from './config/start-break-glass.ts'
import { gatewayCases } from './gateway/gateway-cases.ts'
import { authenticate, holderOf } from './identity/authenticate.ts'
import { enrol } from './identity/enrol.ts'
import { invite } from './identity/invite.ts'
import { KnownKeys } from './identity/known-keys.ts'
import { signAssertion } from './identity/sign-assertion.ts'
import { signIn } from './identity/sign-in.ts'
import { signInWorkload } from './identity/sign-in-workload.ts'
import { leakCases } from './leaks/leak-cases.ts'
import { checkUse } from './leases/check-use.ts'
import { mintCredential } from './leases/mint-credential.ts'
import { revokeLeases } from './leases/revoke-leases.ts'
import { describeIssuer } from './oauth/describe-issuer.ts'
import { oauthCases } from './oauth/oauth-cases.ts'
import { Challenges } from './people/challenges.ts'
import { peopleCases, type SsoSetup, ssoCases } from './people/people-cases.ts'
import { spendStepUp } from './people/spend-step-up.ts'
import { makeReceipt } from './receipts/make-receipt.ts'
import { overview } from './reports/overview.ts'
import { retireRoots } from './roots/retire-roots.ts'
import { rootCases } from './roots/root-cases.ts'
import { RootVault } from './roots/root-vault.ts'
import { CrowdedAgents } from './tasks/count-tasks.ts'
import { delegate } from './tasks/delegate.ts'
import { endGroundless } from './tasks/end-groundless.ts'
import { endWork } from './tasks/end-work.ts'
import { heartbeat } from './tasks/heartbeat.ts'
import { requestGrants } from './tasks/request-grants.ts'
import { startTask } from './tasks/start-task.ts'
import { taskToken } from './tasks/task-token.ts'

/** All that the application needs of the world. `main.ts` alone knows who provides it. */
export interface World {
  readonly issuer: string
  /** `dep_…` */
  readonly deployment: string
  readonly keyring: Keyring
  readonly tokens: AccessTokenIssuer
  readonly verifier: AccessTokenVerifier & ProofVerifier & AssertionVerifier
  readonly workloads: WorkloadTokens
  readonly webauthn: WebAuthn
  readonly sso?: SsoSetup | undefined
  readonly providers: ReadonlyMap<string, GuardedProvider>
  readonly connectors: Connectors
  readonly egress: Egress
  /** Who is told of approvals; nobody where it is not set. */
  readonly notices?: NoticeSender | undefined
  /** Signs what vendors are shown in place of a credential. */
  readonly assertions: AssertionSigner
  readonly compile: CompileDecider
  /** Agents may run as the broker's own operating-system user. */
  readonly sharesUser: boolean
  readonly stores: Stores
  readonly clock: Clock
  readonly newId: NewId
  readonly random: FillRandom
  readonly log: Log
}

/** Every verb of the broker, bound to its world. */
export function createUseCases(world: World) {
  const { issuer, keyring, tokens, verifier, providers, stores, clock, newId, random, log } = world
  const { macs, sealer, fingerprints, vendorNames: names } = keyring
  const record = createRecorder(clock, random)
  const config = new LiveConfig(stores.config, macs, world.compile, log)
  const writer = sealedWrites(stores.config, config, macs)
  const keys = new KnownKeys(stores.keys, macs, clock)
  const vault = new RootVault(stores.secrets, sealer, config)
  const vendors = { vault, sealer, providers, record, clock, log }
  const revoking = { ...vendors, queue: stores.queue, leases: stores.leases, names }
  const retiring = { ...vendors, retirements: stores.retirements, intents: stores.intents }
  const revoke = revokeLeases(revoking)
  const end = endWork({ ender: stores.ender, record, revoke })
  const endOnly = endWork({ ender: stores.ender, record, revoke: async (leases) => leases })
  const { audit } = stores
  const endThem = endGroundless({ config, tasks: stores.tasks, end, clock })
  const starting = {
    crowded: new CrowdedAgents(),
    config,
    starter: stores.starter,
    reader: stores.tasks,
    proofs: stores.proofs,
    macs,
    record,
    audit,
    clock,
    newId,
    random,
  }
  const approvals = approvalCases({ ...world, stores, config, macs, record, end })
  const { approved } = approvals
  const check = checkUse({ uses: stores.uses, config, macs, audit, record, clock, approved })
  const token = { tokens, clock, issuer }
  const change = changeCases({ ...world, stores, macs, record })
  const minting = {
    check,
    approved,
    config,
    writer: stores.leaseWriter,
    vault,
    sealer,
    fingerprints,
    names,
    providers,
    revoke,
    audit,
    record,
    clock,
    newId,
  }
  const inviting = {
    approve: change.act,
    enrolments: stores.enrolments,
    passkeys: stores.passkeys,
    config,
    macs,
    record,
    clock,
    random,
    store: writer,
  }
  const people = {
    ...inviting,
    codes: stores.recoveryCodes,
    sessions: stores.sessions,
    setups: stores.setups,
    webauthn: world.webauthn,
    challenges: new Challenges(macs, stores.proofs, clock, random),
    audit,
    end,
    newId,
    log,
  }
  const applying = {
    approve: change.rows,
    endGroundless: endThem,
    sharesUser: world.sharesUser,
    config,
    store: writer,
    macs,
    end,
    audit,
    record,
    vault,
    providers,
    connectors: world.connectors,
    sealer,
    fingerprints,
    retire: (root: string) => retireRoots(retiring, root),
    clock,
    log,
  }
  const starts = startTask(starting)
  const delegates = delegate({ ...starting, keys, lineage: stores.lineage, delegator: stores.delegator })
  const asserting = { assertions: verifier, keys, clock, issuer }
  const oauth = {
    ...asserting,
    ...token,
    verifier,
    proofs: verifier,
    book: stores.proofs,
    store: stores.keys,
    devices: stores.devices,
    tasks: stores.tasks,
    lineage: stores.lineage,
    holderOf: holderOf({ keys, config }),
    start: starts,
    delegate: delegates,
    config,
    macs,
    audit,
    record,
    end,
    newId,
    random,
  }
  const revokeLease = async (id: string, events: Parameters<LeaseWriter['condemn']>[1]) => {
    const condemned = await stores.leaseWriter.condemn(id, events)
    return condemned ? (await revoke([condemned]))[0] : await stores.leases.find(id)
  }
  const breaking = { config, store: writer, macs, record, endGroundless: endThem, clock, log }
  const freezing = { approve: change.rows, config, store: writer, macs, end, record, clock }
  return {
    world,
    // For background work and boot.
    parts: {
      config,
      keys,
      crowded: starting.crowded,
      endGroundless: endThem,
      endOnly,
      record,
      revoking,
      retiring,
      vault,
      names,
      inviting,
      writer,
    },
    authenticate: authenticate({ tokens: verifier, proofs: verifier, keys, config, clock, audience: issuer }),
    signAssertion: signAssertion({ config, assertions: world.assertions, clock, random, issuer }),
    assertionIssuers: describeIssuer({ config, assertions: world.assertions, clock, issuer }),
    signIn: signIn({
      ...asserting,
      proofs: verifier,
      book: stores.proofs,
      tokens,
      config,
      audit,
      record,
    }),
    oauth: oauthCases(oauth),
    signInWorkload: signInWorkload({
      workloads: world.workloads,
      proofs: verifier,
      book: stores.proofs,
      keys: stores.keys,
      lender: stores.lender,
      tokens,
      config,
      macs,
      record,
      clock,
      issuer,
    }),
    ...peopleCases(people),
    sso: ssoCases({ ...people, links: stores.ssoLinks, store: writer }, world.sso),
    invite: invite(inviting),
    enrol: enrol({ ...inviting, proofs: verifier, book: stores.proofs, audit, end, log }),
    startTask: starts,
    requestGrants: requestGrants(starting),
    delegate: delegates,
    heartbeat: heartbeat({ ...token, reader: stores.tasks, ender: stores.ender }),
    taskToken: (...of: Tail<Parameters<typeof taskToken>>) => taskToken(token, ...of),
    end,
    checkUse: check,
    mintCredential: mintCredential(minting),
    approvals,
    gateway: gatewayCases({ ...world, minting, config, macs, vault, record, ...approvals }),
    revokeLease,
    ...leakCases({ ...world, ...stores, ...keyring, config, end, revokeLease, record }),
    ...configCases(applying, world.compile),
    ...rootCases({ ...applying, rotations: stores.rotations }),
    freeze: freeze(freezing),
    startBreakGlass: startBreakGlass({ ...breaking, spendStepUp: spendStepUp(people), newId }),
    endBreakGlass: endBreakGlass(breaking),
    sweepBreakGlass: sweepBreakGlass(breaking),
    unfreeze: unfreeze(freezing),
    freezeAll: freezeAll(freezing),
    events: eventCases(stores),
    makeReceipt: makeReceipt({ ...stores, ...world, config, macs, record }),
    overview: overview({ ...stores, config, clock }),
    recordRefusal: recordRefusal({ audit, record, clock, log }),
  }
}

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never

export type UseCases = ReturnType<typeof createUseCases>

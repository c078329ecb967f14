import type { FillRandom } from '@credbroker/core/ids'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { AssertionSigner } from '../ports/assertions.ts'
import type { Clock, NewId } from '../ports/clock.ts'
import type { Keyring } from '../ports/keyring.ts'
import type { LeaseWriter } from '../ports/lease-store.ts'
import type { Log } from '../ports/log.ts'
import type { Stores } from '../ports/stores.ts'
import type {
  AccessTokenIssuer,
  AccessTokenVerifier,
  AssertionVerifier,
  ProofVerifier,
} from '../ports/tokens.ts'
import type { WebAuthn } from '../ports/webauthn.ts'
import type { WorkloadTokens } from '../ports/workload-tokens.ts'
import { addRoot } from './add-root.ts'
import { applyConfig, planConfig } from './apply-config.ts'
import { authenticate, holderOf } from './authenticate.ts'
import { Challenges } from './challenges.ts'
import { checkRoot } from './check-root.ts'
import { checkUse } from './check-use.ts'
import { CrowdedAgents } from './count-tasks.ts'
import { delegate } from './delegate.ts'
import { describeIssuer } from './describe-issuer.ts'
import { disable } from './disable.ts'
import { endBreakGlass, sweepBreakGlass } from './end-break-glass.ts'
import { endGroundless } from './end-groundless.ts'
import { endWork } from './end-work.ts'
import { enrol } from './enrol.ts'
import { freeze, freezeAll, unfreeze } from './freeze.ts'
import { heartbeat } from './heartbeat.ts'
import { invite } from './invite.ts'
import { KnownKeys } from './known-keys.ts'
import { type CompileDecider, LiveConfig } from './live-config.ts'
import { mintCredential } from './mint-credential.ts'
import { oauthCases } from './oauth-cases.ts'
import { peopleCases, type SsoSetup, ssoCases } from './people-cases.ts'
import { putPolicy, removePolicy } from './put-policy.ts'
import { recordRefusal } from './record-refusal.ts'
import { createRecorder } from './recorder.ts'
import { requestGrants } from './request-grants.ts'
import { retireRoots } from './retire-roots.ts'
import { revokeLeases } from './revoke-leases.ts'
import { RootVault } from './root-vault.ts'
import { rotateRoot } from './rotate-root.ts'
import { sealedWrites } from './sealed-writes.ts'
import { signAssertion } from './sign-assertion.ts'
import { signIn } from './sign-in.ts'
import { signInWorkload } from './sign-in-workload.ts'
import { simulate } from './simulate.ts'
import { spendStepUp } from './spend-step-up.ts'
import { startBreakGlass } from './start-break-glass.ts'
import { startTask } from './start-task.ts'
import { taskToken } from './task-token.ts'

/** All that the application needs of the world. `main.ts` alone knows who provides it. */
export interface World {
  readonly issuer: string
  readonly keyring: Keyring
  readonly tokens: AccessTokenIssuer
  readonly verifier: AccessTokenVerifier & ProofVerifier & AssertionVerifier
  readonly workloads: WorkloadTokens
  readonly webauthn: WebAuthn
  readonly sso?: SsoSetup | undefined
  readonly providers: ReadonlyMap<string, GuardedProvider>
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
  const revoking = {
    queue: stores.queue,
    leases: stores.leases,
    vault,
    sealer,
    names,
    providers,
    record,
    clock,
    log,
  }
  const retiring = {
    retirements: stores.retirements,
    intents: stores.intents,
    vault,
    sealer,
    providers,
    record,
    clock,
    log,
  }
  const revoke = revokeLeases(revoking)
  const end = endWork({ ender: stores.ender, record, revoke })
  const endOnly = endWork({ ender: stores.ender, record, revoke: async (leases) => leases })
  const { audit } = stores
  const endThem = endGroundless({ config, tasks: stores.tasks, end, clock })
  const crowded = new CrowdedAgents()
  const starting = {
    crowded,
    config,
    starter: stores.starter,
    reader: stores.tasks,
    proofs: stores.proofs,
    macs,
    record,
    audit,
    clock,
    newId,
  }
  const check = checkUse({ uses: stores.uses, config, macs, audit, record, clock })
  const token = { tokens, clock, issuer }
  const inviting = {
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
    sealer,
    fingerprints,
    clock,
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
  const breaking = { config, store: writer, macs, record, endGroundless: endThem, clock, log }
  const freezing = { config, store: writer, macs, end, record, clock }
  return {
    world,
    // For background work and boot.
    parts: {
      config,
      keys,
      crowded,
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
    mintCredential: mintCredential({
      check,
      config,
      writer: stores.leaseWriter,
      vault,
      sealer,
      names,
      providers,
      revoke,
      audit,
      record,
      clock,
      newId,
    }),
    revokeLease: async (id: string, events: Parameters<LeaseWriter['condemn']>[1]) => {
      const condemned = await stores.leaseWriter.condemn(id, events)
      return condemned ? (await revoke([condemned]))[0] : await stores.leases.find(id)
    },
    planConfig: planConfig(applying),
    applyConfig: applyConfig(applying),
    addRoot: addRoot(applying),
    checkRoot: checkRoot(applying),
    rotateRoot: rotateRoot({
      ...applying,
      rotations: stores.rotations,
      retire: (root) => retireRoots(retiring, root),
      log,
    }),
    disable: disable(applying),
    putPolicy: putPolicy(applying),
    removePolicy: removePolicy(applying),
    freeze: freeze(freezing),
    startBreakGlass: startBreakGlass({ ...breaking, spendStepUp: spendStepUp(people), newId }),
    endBreakGlass: endBreakGlass(breaking),
    sweepBreakGlass: sweepBreakGlass(breaking),
    unfreeze: unfreeze(freezing),
    freezeAll: freezeAll(freezing),
    simulate: simulate({ config, clock }),
    recordRefusal: recordRefusal({ audit, record, clock, log }),
  }
}

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never

export type UseCases = ReturnType<typeof createUseCases>

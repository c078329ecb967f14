import { connect } from 'node:net'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import type { GrantView } from '@credbroker/core/wire/tasks'
import { Borrower } from './borrower.ts'
import type { Broker } from './broker.ts'
import type { Lender, LendOptions, Lent } from './delegate.ts'
import { apiError, BrokerUnreachableError } from './errors.ts'
import { type Grant, grantFromWire } from './grant.ts'
import type { Io } from './io.ts'
import { OUTER } from './outer-variables.ts'
import type { Environment } from './profile.ts'
import { readLine } from './read-line.ts'

/** Where the run works, what was granted to it, and what it has said of the workspace. */
export interface RunAccess {
  readonly task: string
  readonly environment: string
  readonly grants: readonly Grant[]
  readonly scan?: ScanClaim
}

/** The run of `broker exec` that this program is inside of. */
export interface OuterRun extends Pick<Broker, 'startTask'> {
  /** @throws BrokerUnreachableError when it has ended */
  access(): Promise<RunAccess>
}

/**
 * The run that this program is inside of, if there is one: starting a task asks it for a part of its own. The key of that part
 * is ours alone, and the run's stays in the run. A program that is to work inside a run and outside of one writes
 *
 * ```ts
 * const broker = outerRun() ?? Broker.fromEnvironment()
 * ```
 *
 * @returns undefined where there is none
 */
export function outerRun(env: Environment = process.env, io: Partial<Io> = {}): OuterRun | undefined {
  const { [OUTER.socket]: path, [OUTER.secret]: secret } = env
  if (!path || !secret) return undefined
  const found = async () => {
    const answer = await ask(path, { secret })
    if (!('lender' in answer)) throw gone()
    return answer
  }
  return {
    async access() {
      const { lender, grants, scan } = await found()
      const { task, environment } = lender
      return { task, environment, grants: grants.map(grantFromWire), ...(scan && { scan }) }
    },
    async startTask({ environment, idempotencyKey: _, ...wanted }) {
      const { lender } = await found()
      if (lender.environment !== environment) throw elsewhere(lender.environment)
      const borrower = new Borrower(lender, io)
      const answer = await ask(path, { secret, lend: { ...wanted, proof: borrower.proof() } })
      if ('problem' in answer) throw apiError({ ...answer.problem, status: answer.problem.status ?? 500 })
      if (!('lent' in answer)) throw gone()
      return borrower.task(answer.lent)
    },
  }
}

/** What a run says of itself to whoever has its secret. @internal */
export interface Around {
  readonly lender: Lender
  readonly grants: readonly GrantView[]
  readonly scan?: ScanClaim | undefined
}

type Answer = Around | { readonly lent: Lent } | { readonly problem: Partial<Parameters<typeof apiError>[0]> }

async function ask(
  path: string,
  request: { readonly secret: string; readonly lend?: LendOptions },
): Promise<Answer> {
  const socket = connect(path)
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    return JSON.parse(await readLine(socket)) as Answer
  } catch {
    throw gone()
  } finally {
    socket.destroy()
  }
}

const gone = (): BrokerUnreachableError =>
  new BrokerUnreachableError('the run around this one has ended or does not answer')

const elsewhere = (environment: string) =>
  apiError({
    status: 403,
    code: 'environment_mismatch',
    title: `The run around this one works in ${environment}`,
    todo: 'Ask for that environment, or name a profile to start a task of its own.',
    retryable: false,
  })

import { connect } from 'node:net'
import type { ScanClaim } from '@credbroker/core/scan-claim'
import { Borrower } from '@credbroker/sdk/borrower'
import type { Broker } from '@credbroker/sdk/broker'
import { apiError, BrokerUnreachableError } from '@credbroker/sdk/errors'
import type { Io } from '@credbroker/sdk/io'
import { type InnerAnswer, type InnerRequest, OUTER } from './inner-runs.ts'
import { readLine } from './read-line.ts'

export interface OuterRun extends Pick<Broker, 'startTask'> {
  /** What it has said of the workspace. */
  said(): Promise<ScanClaim | undefined>
}

/**
 * The run that this one is inside of, if there is one: starting a task asks it for a part of its own. The key of that part
 * is ours alone. Undefined where there is none.
 */
export function outerRun(
  env: Readonly<Record<string, string | undefined>>,
  io: Partial<Io>,
): OuterRun | undefined {
  const { [OUTER.socket]: path, [OUTER.secret]: secret } = env
  if (!path || !secret) return undefined
  return {
    async said() {
      const found = await ask(path, { secret })
      return 'lender' in found ? found.scan : undefined
    },
    async startTask({ environment, idempotencyKey: _, ...wanted }) {
      const found = await ask(path, { secret })
      if (!('lender' in found)) throw gone()
      if (found.lender.environment !== environment) throw elsewhere(found.lender.environment)
      const borrower = new Borrower(found.lender, io)
      const answer = await ask(path, { secret, lend: { ...wanted, proof: borrower.proof() } })
      if ('problem' in answer) throw apiError({ ...answer.problem, status: answer.problem.status ?? 500 })
      if (!('lent' in answer)) throw gone()
      return borrower.task(answer.lent)
    },
  }
}

/** What the run around has, and where. Undefined where there is none. @throws BrokerUnreachableError when it has ended */
export async function accessOfRun(env: Readonly<Record<string, string | undefined>>) {
  const { [OUTER.socket]: path, [OUTER.secret]: secret } = env
  if (!path || !secret) return undefined
  const found = await ask(path, { secret })
  if (!('lender' in found)) throw gone()
  const { task, environment } = found.lender
  return { task, environment, grants: found.grants }
}

async function ask(path: string, request: InnerRequest): Promise<InnerAnswer> {
  const socket = connect(path)
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    return JSON.parse(await readLine(socket)) as InnerAnswer
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
    todo: 'A run inside another works in the same environment; name a profile to start a task of its own.',
    retryable: false,
  })

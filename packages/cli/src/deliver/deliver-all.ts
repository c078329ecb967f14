import type { Credential } from '@credbroker/core/credential'
import type { Io } from '@credbroker/sdk/io'
import type { Task } from '@credbroker/sdk/task'
import type { PrivateDirectory } from '../exec/private-directory.ts'
import { helperProgram } from '../helpers/helper-program.ts'
import { gitRemotes } from '../local/git-remotes.ts'
import { awsDelivery } from './aws.ts'
import type { Deliverer, Delivery, Guess, Leased } from './delivery.ts'
import { githubDelivery } from './github.ts'
import { kubernetesDelivery } from './kubernetes.ts'
import { postgresDelivery } from './postgres.ts'

interface Delivered extends Delivery {
  readonly guesses: readonly Guess[]
  readonly ends: ReadonlyMap<string, Date>
  /** What was minted first. */
  readonly credentials: readonly Credential[]
}

const DELIVERERS: readonly Deliverer[] = [postgresDelivery, awsDelivery, githubDelivery, kubernetesDelivery]

/**
 * Mints every scope of the task, at the same time, and hands each to the deliverer of its form.
 * @throws BrokerApiError, BrokerUnreachableError of the first mint that failed
 */
export async function deliverAll(
  task: Task,
  files: PrivateDirectory,
  io: Io,
  path: string,
  cwd = process.cwd(),
): Promise<Delivered> {
  const leased: Leased[] = await Promise.all(
    minted(task).map(async ({ scope, form }) => {
      const handle = task.lease(scope, form === 'postgres' ? { ttl: secondsLeft(task, io) } : {})
      return { handle, lease: await handle.current() }
    }),
  )
  const remotes = () => gitRemotes(cwd, path)
  const tools = { files, io, path, remotes, helper: helperProgram(files) }
  const stops: (() => void)[] = []
  const stop = () => {
    for (const each of stops) each()
  }
  const env: Record<string, string | undefined> = {}
  const ports: number[] = []
  const guesses: Guess[] = []
  try {
    for (const { form, deliver } of DELIVERERS) {
      const mine = leased.filter(({ lease }) => lease.credential.form === form)
      const delivery = await deliver(mine, tools)
      stops.push(delivery.stop)
      Object.assign(env, delivery.env)
      ports.push(...(delivery.ports ?? []))
      guesses.push(...(delivery.guesses ?? []))
    }
  } catch (error) {
    stop()
    throw error
  }
  const ends = new Map(task.grants.map(({ scope, endsAt }) => [scope, endsAt ?? task.endsAt]))
  return { env, ports, guesses, stop, ends, credentials: leased.map(({ lease }) => lease.credential) }
}

/** Of a scope that is called through the gateway there is nothing to hand over. */
const minted = (task: Task) => task.grants.filter(({ gateway }) => gateway === undefined)

/** A lease is a user name of its own, and the child's environment cannot change: the longer the better. */
const secondsLeft = (task: Task, io: Io): number =>
  Math.max(1, Math.floor((task.endsAt.getTime() - io.now().getTime()) / 1000))

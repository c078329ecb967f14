import type { StartTaskOptions } from '@credbroker/sdk/broker'
import type { CallInit } from '@credbroker/sdk/gateway-call'
import { agentBroker } from '../agent-broker.ts'
import type { Cli } from '../cli.ts'
import { leanFetch } from '../exec/lean-fetch.ts'

/** Makes one call in a task. */
export type Make = (scope: string, path: string, init: CallInit) => Promise<Response>
/** Works with a task while it is there. */
type Within = (work: (make: Make) => Promise<number>) => Promise<number>

const brokerOf = (cli: Cli) => agentBroker(cli, { fetch: leanFetch, now: cli.now, random: cli.random })

/** What is left behind when the command is killed while it waits lives no longer than this. */
const HEARTBEAT_SECONDS = 15

export const ownTask =
  (cli: Cli, options: StartTaskOptions): Within =>
  async (work) => {
    const broker = await brokerOf(cli)
    await using task = await broker.startTask({ ...options, heartbeat: HEARTBEAT_SECONDS })
    return await work((scope, path, init) => task.fetch(scope, path, init))
  }

export const runningTask =
  (cli: Cli, id: string): Within =>
  async (work) => {
    const task = await (await brokerOf(cli)).task(id)
    return await work((scope, path, init) => task.fetch(scope, path, init))
  }

/** The run around makes the call: its key is not here, and its task goes on. */
export const theRun =
  (cli: Cli): Within =>
  async (work) =>
    await work(callOfRun(cli))

export const callOfRun =
  ({ env }: Pick<Cli, 'env'>): Make =>
  async (scope, path, init) => {
    const { outerCall } = await import('../exec/outer-call.ts')
    const { method = 'GET', headers, body, approval, approvalId, onApproval, timeoutMs, signal } = init
    const call = {
      scope,
      path,
      method,
      headers: Object.fromEntries(new Headers(headers)),
      ...(body instanceof Uint8Array && { body: Buffer.from(body).toString('base64') }),
      wait: approval !== 'throw',
      ...(approvalId !== undefined && { approval: approvalId }),
      ...(timeoutMs !== undefined && { waitMs: timeoutMs }),
    }
    return await outerCall(env, call, onApproval ?? (() => {}), signal)
  }

import { newOpaque } from '@credbroker/core/opaque'
import type { Io } from '@credbroker/sdk/io'
import type { Task } from '@credbroker/sdk/task'
import type { Delivery } from '../../deliver/delivery.ts'
import type { Announcement } from '../announce.ts'
import type { PrivateDirectory } from '../private-directory.ts'
import { forwardProxy } from './forward-proxy.ts'
import { passThrough } from './pass-through.ts'
import { sitesOf } from './site.ts'
import { tellOnce } from './tell-once.ts'
import { placeholders, proxyVariables } from './tool-variables.ts'
import { trustVariables } from './trust.ts'

export interface ProxyDelivery {
  readonly files: PrivateDirectory
  /** What the command inherits. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly io: Pick<Io, 'now' | 'random'>
  /** Hosts that may be reached without credentials: `host`, `host:port`, `all`. */
  readonly passThrough: readonly string[]
  readonly say: (announcement: Announcement) => void
}

/** The forward proxy of a run, and the variables by which the command's tools find and trust it. */
export async function deliverProxy(task: Task, options: ProxyDelivery): Promise<Delivery> {
  const { files, env, io, say } = options
  const sites = sitesOf(task.grants)
  const proxy = await forwardProxy({
    task,
    sites,
    secret: newOpaque('run', io.random),
    life: { now: io.now(), until: task.endsAt },
    passThrough: passThrough(options.passThrough),
    tell: tellOnce(say),
  })
  const kept = placeholders(task.grants, files)
  return {
    env: {
      ...proxyVariables(proxy.url, sites.values()),
      ...trustVariables(proxy.certificate, files, env),
      ...Object.fromEntries(Object.entries(kept).filter(([name]) => env[name] === undefined)),
    },
    ports: [Number(new URL(proxy.url).port)],
    stop: () => proxy.close(),
  }
}

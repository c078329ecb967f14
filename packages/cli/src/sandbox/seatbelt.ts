import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { HOME_CREDENTIALS } from './credential-paths.ts'
import type { EnclosedRun, Enclosure } from './enclosure.ts'
import type { Layout } from './layout.ts'

/**
 * The profile for macOS. Weaker than the sandbox on Linux: no process namespace, no empty home but a list of what is closed,
 * and a network rule that knows ports of other machines but not their names.
 */
export function seatbeltProfile(
  layout: Layout,
  { files, plan, ports }: EnclosedRun,
  temporary: string,
): string {
  const credentials = layout.homes.flatMap((home) => HOME_CREDENTIALS.map((path) => `${home}/${path}`))
  const local = new Set([
    ...ports,
    ...plan.ways.filter(({ address }) => !isOwn(address)).map(({ port }) => port),
  ])
  const remote = new Set(plan.ways.filter(({ address }) => isOwn(address)).map(({ port }) => port))
  return `${[
    '(version 1)',
    '(allow default)',
    '(deny file-write*)',
    ...[...layout.writable, files.path, temporary, '/dev'].map(
      (path) => `(allow file-write* (subpath ${text(path)}))`,
    ),
    '(deny file-read* file-write*',
    ...[...credentials, ...layout.hidden, '/Users/Shared', '/private/var/db'].map(
      (path) => `  (subpath ${text(path)})`,
    ),
    ')',
    `(allow file-read* (subpath ${text(files.path)}))`,
    '(deny process-info* (target others))',
    '(deny mach-lookup (global-name "com.apple.SecurityServer") (global-name "com.apple.securityd.xpc"))',
    '(deny network*)',
    `(allow network-outbound (remote unix-socket (subpath ${text(files.path)})))`,
    ...[...local].map((port) => `(allow network-outbound (remote ip "localhost:${port}"))`),
    ...[...remote].map((port) => `(allow network-outbound (remote ip "*:${port}"))`),
  ].join('\n')}\n`
}

/** Addresses that stand for names in the sandbox on Linux. */
const isOwn = (address: string): boolean => address.startsWith('127.77.')

/** As the profile's language quotes it. */
const text = (path: string): string => `"${path.replace(/[\\"]/g, '\\$&')}"`

export async function encloseInSeatbelt(layout: Layout, run: EnclosedRun): Promise<Enclosure> {
  const profile = seatbeltProfile(layout, run, tmpdir())
  return {
    start: (command, env) => {
      const child = spawn('/usr/bin/sandbox-exec', ['-p', profile, ...command], { env, stdio: 'inherit' })
      return { child, deliver: (signal) => void child.kill(signal) }
    },
    [Symbol.dispose]: () => {},
  }
}

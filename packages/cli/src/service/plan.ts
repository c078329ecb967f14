import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_DIRECTORY, CONFIG_TEXT, SERVICE_USER, UNIT_PATH, unitText } from './unit.ts'

/** One thing to do, told before it is done. */
export type Step =
  | { readonly does: 'run'; readonly command: readonly string[] }
  | { readonly does: 'directory'; readonly path: string; readonly mode: number }
  | {
      readonly does: 'file'
      readonly path: string
      readonly mode: number
      readonly of: 'root' | 'service'
      readonly text: string
    }
  | { readonly does: 'remove'; readonly path: string }

export interface Machine {
  /** Before every path: a tree that is not this machine's, for images and tests. */
  readonly root: string
  readonly users: readonly string[]
  /** Whether systemd runs here and can be told. */
  readonly live: boolean
  readonly node: string
  readonly program: string
  /** A new keyfile's text. */
  readonly newKeyfile: () => string
}

/** What is missing for the service; nothing where all is there. A keyfile and a configuration are never replaced. */
export function installSteps(machine: Machine): Step[] {
  const { root, users, live, node, program } = machine
  const at = (path: string) => join(root, path)
  const steps: Step[] = []
  if (!users.includes(SERVICE_USER)) steps.push({ does: 'run', command: userAdd(root) })
  steps.push({ does: 'directory', path: at(CONFIG_DIRECTORY), mode: 0o700 })
  const own = (name: string, text: () => string, mode: number) => {
    const path = at(join(CONFIG_DIRECTORY, name))
    if (!existsSync(path)) steps.push({ does: 'file', path, mode, of: 'service', text: text() })
  }
  own('config.yaml', () => CONFIG_TEXT, 0o600)
  own('keyfile', machine.newKeyfile, 0o400)
  const unit = unitText(node, program)
  if (textOf(at(UNIT_PATH)) !== unit) {
    steps.push({ does: 'file', path: at(UNIT_PATH), mode: 0o644, of: 'root', text: unit })
    if (live) steps.push({ does: 'run', command: ['systemctl', 'daemon-reload'] })
  }
  return steps
}

/** Takes the service away. Its user, key, configuration and state stay: without them what it stored is lost. */
export function uninstallSteps({ root, live }: Pick<Machine, 'root' | 'live'>): Step[] {
  const path = join(root, UNIT_PATH)
  if (!existsSync(path)) return []
  const stop: Step = { does: 'run', command: ['systemctl', 'disable', '--now', 'credbroker.service'] }
  const reload: Step = { does: 'run', command: ['systemctl', 'daemon-reload'] }
  const remove: Step = { does: 'remove', path }
  return live ? [stop, remove, reload] : [remove]
}

const userAdd = (root: string): string[] => [
  'useradd',
  '--system',
  '--user-group',
  '--home-dir',
  '/var/lib/credbroker',
  '--no-create-home',
  '--shell',
  '/usr/sbin/nologin',
  ...(root === '/' ? [] : ['--root', root]),
  SERVICE_USER,
]

/** As people read it before they agree. */
export function stepText(step: Step): string {
  switch (step.does) {
    case 'run':
      return step.command.join(' ')
    case 'directory':
      return `make ${step.path} (${step.mode.toString(8)}, of ${SERVICE_USER})`
    case 'file':
      return `write ${step.path} (${step.mode.toString(8)}, of ${step.of === 'root' ? 'root' : SERVICE_USER})`
    case 'remove':
      return `remove ${step.path}`
  }
}

const textOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined

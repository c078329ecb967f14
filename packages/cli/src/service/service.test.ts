import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkSandbox, checkService } from '../doctor/sandbox-checks.ts'
import { perform } from './perform.ts'
import { installSteps, type Machine, stepText, uninstallSteps } from './plan.ts'
import { unitText } from './unit.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'credbroker-image-'))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), `credbroker:x:${process.getuid?.()}:${process.getgid?.()}::/:/x\n`)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const machine = (more: Partial<Machine> = {}): Machine => ({
  root,
  users: ['credbroker'],
  live: false,
  node: '/opt/credbroker/node',
  program: '/opt/credbroker/dist/broker.js',
  newKeyfile: () => 'a key\n',
  ...more,
})
const install = async () => {
  for (const step of installSteps(machine())) await perform(step, root)
}
const mode = (path: string) => statSync(join(root, path)).mode & 0o777

it('writes what only the service may read, and a unit; a second time it does nothing', async () => {
  await install()
  expect(['etc/credbroker', 'etc/credbroker/keyfile', 'etc/credbroker/config.yaml'].map(mode)).toEqual([
    0o700, 0o400, 0o600,
  ])
  expect(installSteps(machine()).map(({ does }) => does)).toEqual(['directory'])
})

it('never replaces a key or settings; a new unit it does', async () => {
  await install()
  writeFileSync(join(root, 'etc/credbroker/config.yaml'), 'mine')
  for (const step of installSteps(machine({ node: '/opt/other/node', newKeyfile: () => 'another' })))
    await perform(step, root)
  expect(readFileSync(join(root, 'etc/credbroker/keyfile'), 'utf8')).toBe('a key\n')
  expect(readFileSync(join(root, 'etc/credbroker/config.yaml'), 'utf8')).toBe('mine')
  expect(readFileSync(join(root, 'etc/systemd/system/credbroker.service'), 'utf8')).toContain(
    '/opt/other/node',
  )
})

it('makes a user without a shell or a home, and tells systemd where it runs', () => {
  const steps = installSteps(machine({ users: ['root'], root: '/', live: true })).map(stepText)
  expect(steps[0]).toMatch(/^useradd --system .*--shell \/usr\/sbin\/nologin credbroker$/)
  expect(steps.at(-1)).toBe('systemctl daemon-reload')
  expect(steps.join()).not.toContain('a key')
})

it('takes the unit away, and nothing that it stored', async () => {
  await install()
  for (const step of uninstallSteps(machine())) await perform(step, root)
  expect(existsSync(join(root, 'etc/systemd/system/credbroker.service'))).toBe(false)
  expect(existsSync(join(root, 'etc/credbroker/keyfile'))).toBe(true)
  expect(uninstallSteps(machine())).toEqual([])
  expect(uninstallSteps(machine({ root: '/', live: true }))).toEqual([])
})

const analyze = (() => {
  try {
    return execFileSync('systemd-analyze', ['--version']).length > 0
  } catch {
    return false
  }
})()

it.skipIf(!analyze)('systemd finds nothing wrong with the unit', () => {
  const unit = join(root, 'credbroker.service')
  writeFileSync(
    unit,
    unitText('/bin/true', '/tmp/50% "of" $HOME/broker.js').replace(/^(User|Group)=.*$/gm, ''),
  )
  const said = execFileSync('sh', ['-c', `systemd-analyze verify '${unit}' 2>&1 || true`], {
    encoding: 'utf8',
  })
  expect(said.split('\n').filter((line) => line.includes('credbroker.service'))).toEqual([])
})

it('doctor tells of a broker that agents share a user with and no sandbox first, and of an open key', async () => {
  const why = async () => ({ why: 'bwrap is not on PATH', todo: 'Install it.' })
  expect(await checkSandbox(true, why, 'linux')).toMatchObject([{ level: 'danger', code: 'no-sandbox' }])
  expect(await checkSandbox(false, why, 'linux')).toMatchObject([{ level: 'warning', code: 'no-sandbox' }])
  expect(await checkSandbox(true, async () => undefined, 'linux')).toEqual([])
  expect(checkService(root)).toEqual([])
  await install()
  expect(checkService(root)).toEqual([])
  execFileSync('chmod', ['0755', join(root, 'etc/credbroker')])
  writeFileSync(join(root, 'etc/passwd'), '')
  expect(checkService(root).map(({ code }) => code)).toEqual(['service-user', 'service-open'])
})

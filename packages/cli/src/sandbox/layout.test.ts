import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bubblewrapArguments } from './bubblewrap.ts'
import { type LayoutOptions, layoutOf } from './layout.ts'

let base: string
const at = (...path: string[]) => join(base, ...path)
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'credbroker-layout-')))
  for (const path of [
    'mia/shop/.git/config',
    'mia/shop/src/index.ts',
    'mia/other/.env',
    'mia/.ssh/id_ed25519',
    'mia/.config/gh/hosts.yml',
    'mia/.config/editor/settings.json',
    'mia/.cargo/bin/cargo',
    'mia/.cargo/credentials.toml',
    'mia/.config/credbroker/profiles/default.json',
    'mia/py/bin/aws',
    'mia/py/lib/boto.py',
    'mia/py/pyvenv.cfg',
    'mia/py/.env',
    'tools/bin/tool',
    'tools/lib/tool.so',
  ]) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), path)
  }
  symlinkSync(at('mia/.ssh'), at('mia/shop/keys'))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

const layout = (more: Partial<LayoutOptions> = {}) =>
  layoutOf({
    cwd: at('mia/shop/src'),
    workspace: at('mia/shop'),
    homes: [at('mia')],
    path: `${at('tools/bin')}:${at('mia/.cargo/bin')}:relative:${at('gone/bin')}`,
    program: [process.execPath],
    read: [],
    write: [],
    brokers: [at('mia/.config/credbroker')],
    ...more,
  })

describe('what a command in the sandbox sees', () => {
  it('is of an environment of Python on PATH what Python needs, and not what else lies there', () => {
    const { visible } = layout({ path: at('mia/py/bin') })
    const shown = ['bin/aws', 'lib/boto.py', 'pyvenv.cfg', '.env'].filter((path) =>
      visible(at('mia/py', path)),
    )
    expect(shown).toEqual(['bin/aws', 'lib/boto.py', 'pyvenv.cfg'])
    expect(layout().visible(at('mia/py/lib/boto.py'))).toBe(false)
  })

  it('is its workspace, what tools need, and nothing else of a home', () => {
    const { visible } = layout()
    const seen = ['mia/shop/src/index.ts', 'mia/.cargo/bin/cargo', 'tools/lib/tool.so']
    const unseen = [
      'mia/other/.env',
      'mia/.ssh/id_ed25519',
      'mia/.config/editor/settings.json',
      'mia/.cargo/credentials.toml',
    ]
    expect(seen.filter((path) => !visible(at(path)))).toEqual([])
    expect(unseen.filter((path) => visible(at(path)))).toEqual([])
    expect(visible(at('mia/shop/keys/id_ed25519'))).toBe(false)
    expect(visible('/usr/bin/env')).toBe(true)
    expect(visible('/etc/shadow')).toBe(false)
  })

  it('is what was named besides, without the credentials in it', () => {
    const { visible, writable } = layout({ read: ['../../.config'], write: [at('mia/other')] })
    expect(visible(at('mia/.config/editor/settings.json'))).toBe(true)
    expect(visible(at('mia/.config/gh/hosts.yml'))).toBe(false)
    expect(visible(at('mia/.config/credbroker/profiles/default.json'))).toBe(false)
    expect(writable).toEqual([at('mia/shop'), at('mia/other')])
  })

  it('may be a place of credentials where exactly that was named', () => {
    expect(layout({ read: [at('mia/.config/gh')] }).visible(at('mia/.config/gh/hosts.yml'))).toBe(true)
  })

  it.each([
    ['a home', { workspace: 'mia', cwd: 'mia' }],
    ['what is around a home', { workspace: '', cwd: 'mia' }],
    ['a place of credentials', { workspace: 'mia/.ssh', cwd: 'mia/.ssh' }],
  ])('never is %s as its workspace', (_, { workspace, cwd }) => {
    expect(() => layout({ workspace: at(workspace), cwd: at(cwd) })).toThrow(/workspace/)
  })

  it.each(['/', '/tmp', '/home'])('never is %s', (workspace) => {
    expect(() => layout({ workspace })).toThrow('everything that a sandbox is to hide')
  })

  it('never is the broker’s own, not even named (I1)', () => {
    expect(() => layout({ read: [at('mia/.config/credbroker/profiles')] })).toThrow('belongs to the broker')
    expect(() => layout({ write: [at('mia')] })).toThrow('too much')
  })
})

it('mounts what surrounds before what lies in it, and shows the workspace alone for writing', () => {
  const { readable: _, ...rest } = layout()
  const args = bubblewrapArguments({
    layout: { ...rest, readable: ['/usr', at('tools')], hidden: [at('mia/shop/.env.d')] },
    directory: '/tmp/run',
    hosts: '/tmp/run/hosts',
    empty: '/tmp/run/empty',
  })
  const mounted = args.filter((_, i) => ['--tmpfs', '--bind', '--ro-bind'].includes(args[i - 1] ?? ''))
  expect(mounted.indexOf(at('mia'))).toBeLessThan(mounted.indexOf(at('mia/shop')))
  expect(args.filter((_, i) => args[i - 1] === '--bind')).toEqual([at('mia/shop')])
  expect(args).toEqual(
    expect.arrayContaining(['--unshare-net', '--unshare-pid', '--unshare-user', '--disable-userns']),
  )
  expect(args.slice(args.indexOf('--cap-drop'))[1]).toBe('ALL')
})

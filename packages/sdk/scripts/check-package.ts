import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// What this proves of the packed file, not of the sources: its shape (publint), that every export resolves with its
// types (attw), that it loads alone, and that a strict program compiles against it with library checks on.
const root = join(import.meta.dirname, '..')
const scratch = mkdtempSync(join(tmpdir(), 'credbroker-sdk-package-'))
const bin = join(root, 'node_modules/.bin')
const run = (command: string, args: readonly string[], cwd = scratch) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })

try {
  run(process.execPath, [join(root, 'scripts/build.ts')])
  const [{ filename }] = JSON.parse(run('npm', ['pack', join(root, 'dist'), '--json', '--ignore-scripts']))
  const tarball = join(scratch, filename)
  run('tar', ['xzf', tarball])
  run(join(bin, 'publint'), ['--strict', join(scratch, 'package')])
  run(join(bin, 'attw'), [tarball, '--profile', 'esm-only'])

  const modules = join(scratch, 'node_modules')
  mkdirSync(join(modules, '@credbroker'), { recursive: true })
  symlinkSync(join(scratch, 'package'), join(modules, '@credbroker/sdk'))
  mkdirSync(join(modules, '@types'))
  symlinkSync(join(root, '../../node_modules/@types/node'), join(modules, '@types/node'))
  writeFileSync(
    join(scratch, 'consumer.ts'),
    `import { Broker } from '@credbroker/sdk'
import { ApprovalRequiredError, DeniedError } from '@credbroker/sdk/errors'
import { Secret } from '@credbroker/sdk/secret'
import type { Task } from '@credbroker/sdk/task'
export async function work(key: string): Promise<string> {
  const broker = new Broker({ url: 'https://broker.example', principal: 'agent:fixer', key: new Secret(key) })
  await using task: Task = await broker.startTask({ environment: 'staging', purpose: 'x', scopes: ['orders-ro'], ttl: '30m' })
  const { user, password } = await task.postgres('orders-ro')
  return \`\${user} \${await password()}\`
}
export const link = (error: unknown): string | undefined =>
  error instanceof ApprovalRequiredError ? error.approvalUrl : error instanceof DeniedError ? error.reason : undefined
`,
  )
  const flags = [
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2024',
    '--lib',
    'es2024,esnext.disposable',
  ]
  const how = ['--module', 'nodenext', '--types', 'node', '--noEmit', '--preserveSymlinks', 'false']
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}')
  run(join(root, '../../node_modules/.bin/tsc'), [...flags, ...how, 'consumer.ts'])
  run(process.execPath, [
    '-e',
    `import('@credbroker/sdk').then(({ Broker }) => { if (!Broker.fromEnvironment) throw new Error('no Broker') })`,
  ])
  process.stdout.write(`${filename}: publint, attw, import and a strict program agree\n`)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

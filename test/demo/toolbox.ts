import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Person } from './person.ts'

/** The programs as they would be installed for a user who cannot read this checkout. */
export interface Toolbox {
  readonly node: string
  /** The command line of this tree, without the server. */
  readonly broker: string
  readonly agent: string
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export async function makeToolbox(directory: string, person: Person): Promise<Toolbox> {
  const entryPoints = { broker: source('../../packages/cli/src/main.ts'), agent: source('./agent/main.ts') }
  const { outputFiles } = await build({
    entryPoints,
    outdir: directory,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node24',
    external: ['@credbroker/broker/*'],
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, contents)
  }
  return {
    node: await nodeFor(directory, person),
    broker: join(directory, 'broker.mjs'),
    agent: join(directory, 'agent.mjs'),
  }
}

/** A checkout in somebody's home directory is out of reach for others, and with it the Node in it. */
async function nodeFor(directory: string, person: Person): Promise<string> {
  const probe = { program: process.execPath, args: ['-e', '0'], cwd: directory }
  const reachable = await person.run(probe).then(
    ({ code }) => code === 0,
    () => false,
  )
  if (reachable) return process.execPath
  const copy = join(directory, 'node')
  await copyFile(process.execPath, copy)
  await chmod(copy, 0o755)
  return copy
}

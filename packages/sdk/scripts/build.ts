import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { copyDeclarations } from './declarations.ts'

/** What the published package exports; `broker` is its root. Everything else in src is private to it. */
const ENTRIES = [
  'broker',
  'task',
  'borrower',
  'outer-run',
  'delegate',
  'gateway-call',
  'approval',
  'grant',
  'lease',
  'lease-handle',
  'aws',
  'postgres',
  'pg',
  'errors',
  'profile',
  'secret',
]

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const inPackage = (path: string) => join(root, path)

rmSync(dist, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ENTRIES.map((entry) => inPackage(`src/${entry}.ts`)),
  outdir: dist,
  bundle: true,
  splitting: true,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.12',
  chunkNames: 'internal/[name]-[hash]',
  logLevel: 'warning',
})
const foreign = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'))
if (foreign.length > 0) throw new Error(`the bundle would carry ${foreign.join(', ')}`)

execFileSync('tsc', ['-p', inPackage('tsconfig.build.json')], { stdio: 'inherit' })
const declarations = join(dist, '.declarations')
copyDeclarations(declarations, join(dist, 'types'), ENTRIES)
rmSync(declarations, { recursive: true })

const { name, version, description, license, engines } = JSON.parse(
  readFileSync(inPackage('package.json'), 'utf8'),
)
const target = (entry: string) => ({ types: `./types/sdk/src/${entry}.d.ts`, default: `./${entry}.js` })
const manifest = {
  name,
  version,
  description,
  license,
  type: 'module',
  sideEffects: false,
  engines,
  exports: Object.fromEntries([
    ...ENTRIES.map((entry) => [entry === 'broker' ? '.' : `./${entry}`, target(entry)]),
    ['./package.json', './package.json'],
  ]),
}
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(inPackage('README.md'), join(dist, 'README.md'))
const licence = inPackage('../../LICENSE')
if (existsSync(licence)) copyFileSync(licence, join(dist, 'LICENSE'))

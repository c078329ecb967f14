import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the programs of a system lie, with what they need. Nothing else of the machine is let in without being named. */
export const SYSTEM_TREES: readonly string[] = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix/store',
  '/gnu/store',
  '/snap',
]

/** Where people install programs below their home: those, and no settings of anybody. */
export const HOME_TOOLS: readonly string[] = [
  'bin',
  '.local/bin',
  '.local/lib',
  '.local/pipx',
  '.local/share/pnpm',
  '.local/share/uv/tools',
  '.local/share/uv/python',
  '.local/share/mise/installs',
  '.local/share/mise/shims',
  '.local/share/fnm',
  '.local/share/claude',
  '.local/share/cursor-agent',
  '.npm-global',
  '.nvm',
  '.volta',
  '.asdf',
  '.bun/bin',
  '.deno/bin',
  '.pyenv',
  '.rbenv',
  '.rustup',
  '.cargo/bin',
  '.sdkman/candidates',
  '.krew/bin',
  '.dotnet',
  'go/bin',
  '.gitconfig',
  '.config/git/config',
  '.config/git/ignore',
]

/** What belongs to an environment of Python (venv, conda). Whoever made it in the directory of a project has more there. */
export const pythonPlaces = (environment: string): string[] => {
  const marks = ['pyvenv.cfg', 'conda-meta'].map((name) => join(environment, name))
  if (!marks.some((path) => existsSync(path))) return []
  return [...marks, ...['lib', 'lib64', 'share', 'ssl'].map((name) => join(environment, name))]
}

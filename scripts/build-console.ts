import { execFile } from 'node:child_process'
import { globSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

// Builds apps/console into dist/console, from where the broker serves it.

/** What the console is made of, besides what the lockfile pins. */
export const consoleSources = (root: string): string[] =>
  globSync('apps/console/{index.html,package.json,vite.config.ts,public/*,src/**/*.{ts,tsx,css}}', {
    cwd: root,
  })

export async function buildConsole(root: string): Promise<void> {
  const vite = join(root, 'apps/console/node_modules/.bin/vite')
  await promisify(execFile)(vite, ['build', 'apps/console', '--config', 'apps/console/vite.config.ts'], {
    cwd: root,
    // Whoever asks for it may be a test: what ships is the same.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  removeOldFiles(join(root, 'dist/console'))
}

/** A broker or a page that runs may still load what an earlier build made: it stays for a day. */
function removeOldFiles(directory: string): void {
  const yesterday = Date.now() - 24 * 3600 * 1000
  const assets = join(directory, 'console')
  const inUse = [join(directory, 'index.html')]
    .concat(readdirSync(assets).map((name) => join(assets, name)))
    .filter((path) => statSync(path).mtimeMs >= yesterday)
    .map((path) => readFileSync(path, 'utf8'))
    .join()
  for (const name of readdirSync(assets)) {
    const path = join(assets, name)
    if (statSync(path).mtimeMs < yesterday && !inUse.includes(name)) rmSync(path, { force: true })
  }
}

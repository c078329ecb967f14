import { chmod, cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { canRun, copyBinaries, locateBinaries } from './binaries.ts'
import { chooseOsUser } from './os-user.ts'
import { run } from './run.ts'

const user = await chooseOsUser(false)
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credbroker-binaries-'))
  await chmod(directory, 0o711)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** What npm left in a checkout that only its owner may enter, without the links an install script makes. */
async function privateCheckout() {
  const installed = await locateBinaries()
  const checkout = join(directory, 'checkout')
  await cp(installed.root, join(checkout, 'native'), { recursive: true, verbatimSymlinks: true })
  await rm(join(checkout, 'native', 'lib', 'libpq.so.5'))
  await chmod(checkout, 0o700)
  return { ...installed, root: join(checkout, 'native') }
}

describe('the PostgreSQL binaries', () => {
  it('a copy runs where the checkout cannot, with the links that install scripts make', async () => {
    const hidden = await privateCheckout()
    expect(await canRun(hidden, user)).toBe(false)
    const copies = await Promise.all([copyBinaries(hidden, directory), copyBinaries(hidden, directory)])
    for (const copy of copies) expect(await canRun(copy, user)).toBe(true)
    expect((await readdir(directory)).sort()).toEqual(['checkout', `postgresql-${hidden.version}`])
  })

  it('a copy is nobody else’s to change', async () => {
    const copy = await copyBinaries(await privateCheckout(), directory)
    for (const part of ['.', 'bin', 'bin/postgres', 'lib', 'share/postgresql/postgres.bki']) {
      const { mode, uid } = await stat(join(copy.root, part))
      expect(mode & 0o022).toBe(0)
      expect(uid).toBe(process.getuid?.())
    }
  })

  it('says what to install where the package is missing', async () => {
    const code = `
      import { locateBinaries } from ${JSON.stringify(new URL('./binaries.ts', import.meta.url).href)}
      await locateBinaries(${JSON.stringify(join(directory, 'elsewhere.js'))}).catch((error) => console.log(error.message))`
    // Without the NODE_PATH that pnpm gives to what it starts.
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code])
    expect(stdout).toMatch(/is not installed.*DATABASE_URL/)
  })
})

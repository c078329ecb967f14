import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const checkout = join(import.meta.dirname, '../..')
const services = join(checkout, 'test/harness/services.ts')
const aFew = `
  it('holds', () => {})
  it('broke', () => expect(1).toBe(2))
  it('noted', (context) => context.skip('the moon is down'))`
const unprovided = `
  import { needs } from '${services}'
  describe.skipIf(await needs('psql'))('psql', () => { it('answers', () => {}) })`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'credbroker-closing-'))
  await mkdir(join(root, 'test'))
})
afterEach(() => rm(root, { recursive: true }))

/** Runs these files as `npm test` would, where nothing but Node is installed. */
async function run(files: Record<string, string>, env: Record<string, string> = {}) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'test', name), text)
  const vitest = join(checkout, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--globals', '--root', root, '--config', join(checkout, 'vitest.config.ts')]
  return new Promise<{ code: unknown; lines: string[] }>((resolve) => {
    execFile(process.execPath, args, { env: { PATH: '', NO_COLOR: '1', ...env } }, (error, stdout) =>
      resolve({ code: error?.code ?? 0, lines: stdout.trimEnd().split('\n') }),
    )
  })
}

it('a run ends with the reasons of what was skipped and one plain line of numbers', async () => {
  const { code, lines } = await run({ 'few.test.ts': aFew, 'unprovided.test.ts': unprovided })
  expect(code).toBe(1)
  expect(lines.slice(-4)).toEqual([
    'Not everything could run here:',
    expect.stringMatching(/^ {2}(no psql on PATH|the moon is down)/),
    expect.stringMatching(/^ {2}(no psql on PATH|the moon is down)/),
    '1 passed, 1 failed, 2 skipped',
  ])
})

it('a file that cannot be loaded and a set-up that fails count as failures', async () => {
  const { code, lines } = await run({
    'unreadable.test.ts': "import './nowhere.ts'",
    'unready.test.ts':
      "describe('it', () => { beforeAll(() => { throw new Error('no') }); it('is', () => {}) })",
  })
  expect(code).toBe(1)
  expect(lines.at(-1)).toMatch(/^0 passed, 2 failed/)
})

it('with REQUIRE_SERVICES=1 what is missing is a failure, not a skip', async () => {
  const { code, lines } = await run({ 'unprovided.test.ts': unprovided }, { REQUIRE_SERVICES: '1' })
  expect(code).toBe(1)
  expect(lines.at(-1)).toBe('0 passed, 1 failed')
})

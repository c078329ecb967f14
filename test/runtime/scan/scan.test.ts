import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScanOptions, scan } from '../../../packages/cli/src/scan/scan.ts'
import { walk } from '../../../packages/cli/src/scan/walk.ts'
import { score } from './score.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'credbroker-scan-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const GITHUB = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
const later = () => new Date(Date.now() + 60_000)
const write = (path: string, text: string | Uint8Array) => {
  mkdirSync(join(directory, path, '..'), { recursive: true })
  writeFileSync(join(directory, path), text)
}
const found = async (options: Partial<ScanOptions> = {}) =>
  await scan({ roots: [directory], now: later, ...options })
const paths = async (options: Partial<ScanOptions> = {}) =>
  (await found(options)).found.map(({ finding }) => finding.path)

describe('what is a secret', () => {
  it('is told from what only looks like one: of planted ones, 95 of 100 and no more than 5 others', async () => {
    const { recall, precision, missed, wrong } = await score(directory, 2)
    expect(recall, JSON.stringify(missed)).toBeGreaterThanOrEqual(0.95)
    expect(precision, JSON.stringify(wrong)).toBeGreaterThanOrEqual(0.95)
  })

  it('is named by file, line and kind, and never by its value', async () => {
    write('src/a.ts', `one\ntwo '${GITHUB}'\n`)
    const report = await found()
    expect(report.found[0]?.finding).toMatchObject({ kind: 'github', path: 'src/a.ts', line: 2, column: 6 })
    expect(report.found[0]?.value.expose()).toBe(GITHUB)
    expect(JSON.stringify(report)).not.toContain(GITHUB.slice(4, 20))
  })

  it('keeps its id when its line moves, and has another fingerprint under another key', async () => {
    const cacheDirectory = join(directory, '../', `cache-${process.pid}`)
    try {
      write('a.ts', GITHUB)
      const [before] = (await found({ cacheDirectory })).found
      write('a.ts', `\n\n\n${GITHUB}`)
      const [after] = (await found({ cacheDirectory })).found
      expect(after?.finding).toEqual({ ...before?.finding, line: 4 })
      const [elsewhere] = (await found()).found
      expect(elsewhere?.finding.fingerprint).not.toBe(before?.finding.fingerprint)
    } finally {
      rmSync(cacheDirectory, { recursive: true })
    }
  })

  it('is found in variables and in what was ever committed', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: directory,
        stdio: 'ignore',
      })
    git('init')
    write('old.txt', `token ${GITHUB}\n`)
    git('add', '.')
    git('commit', '-m', 'one')
    write('old.txt', 'gone\n')
    git('commit', '-am', 'two')
    expect(await paths()).toEqual([])
    expect(await paths({ history: true })).toEqual([expect.stringMatching(/^old\.txt@[0-9a-f]{7,}$/)])
    expect(await paths({ env: { DEPLOY: GITHUB, HOME: '/root', PASSWORD: undefined } })).toEqual([
      'env:DEPLOY',
    ])
  })
})

describe('what is read', () => {
  it('is no ignored file, but every file that is a credential by its name, wherever it lies', async () => {
    write('.gitignore', 'build/\n*.log\n.env\n!kept.log\n')
    write('sub/.gitignore', 'local.txt\n')
    for (const path of ['build/out.js', 'x.log', 'sub/local.txt', 'node_modules/a/.env']) write(path, GITHUB)
    const read = ['.env', 'build/.docker/config.json', 'build/.env.production', 'kept.log', 'sub/deep/.npmrc']
    for (const path of read) write(path, GITHUB)
    expect(await paths()).toEqual(read)
  })

  it('is no link, no pipe, no binary and nothing huge; what could not be read is said', async () => {
    write('real.txt', GITHUB)
    symlinkSync(directory, join(directory, 'loop'))
    symlinkSync('/etc', join(directory, 'etc'))
    execFileSync('mkfifo', [join(directory, 'pipe')])
    write('image.png', new Uint8Array([1, 0, ...Buffer.from(GITHUB)]))
    write('huge.txt', GITHUB.padEnd(5_000_000, ' '))
    const report = await found()
    expect(report.found.map(({ finding }) => finding.path)).toEqual(['real.txt'])
    expect(report.skipped).toEqual(
      expect.arrayContaining([
        { path: 'pipe', why: 'not-a-file' },
        { path: 'huge.txt', why: 'too-large' },
      ]),
    )
    expect(report.skippedCount).toBe(3)
  })

  it('ends at as many files as it was told, and says so', () => {
    for (let at = 0; at < 20; at++) write(`f${at}`, '')
    const skipped: unknown[] = []
    const walked = [...walk(directory, { most: 10, skip: (one) => skipped.push(one) })]
    expect(walked).toHaveLength(10)
    expect(skipped).toEqual([{ path: expect.any(String), why: 'too-many' }])
  })

  it('is in a sandbox only what it leaves to be seen', async () => {
    write('seen.txt', GITHUB)
    write('hidden/a.txt', GITHUB)
    expect(await paths({ visible: (path) => !path.includes('hidden') })).toEqual(['seen.txt'])
  })
})

describe('what was clean', () => {
  const cache = () => join(directory, '.git', 'cache')
  const again = async (more: Partial<ScanOptions> = {}) => {
    const { files, filesFromCache } = await found({ cacheDirectory: cache(), ...more })
    return { files, filesFromCache }
  }

  it('is not read again until it changes, also where somebody sets its times back', async () => {
    for (let at = 0; at < 5; at++) write(`f${at}.txt`, 'nothing here\n')
    expect(await again()).toEqual({ files: 5, filesFromCache: 0 })
    expect(await again()).toEqual({ files: 5, filesFromCache: 5 })
    const before = statSync(join(directory, 'f1.txt'))
    write('f1.txt', 'another text\n')
    utimesSync(join(directory, 'f1.txt'), before.atime, before.mtime)
    expect(await again()).toEqual({ files: 5, filesFromCache: 4 })
  })

  it('is not forgotten by a look at a part of it', async () => {
    for (const name of ['a.txt', 'hidden/b.txt']) write(name, 'nothing here\n')
    await again()
    const visible = (path: string) => !path.includes('hidden')
    expect(await again({ visible })).toEqual({ files: 1, filesFromCache: 1 })
    write('a.txt', 'another text\n')
    expect(await again({ visible })).toEqual({ files: 1, filesFromCache: 0 })
    expect(await again()).toEqual({ files: 2, filesFromCache: 2 })
  })

  it('is remembered without a word of it, and for this user alone', async () => {
    write('a.txt', 'nothing here\n')
    write('b.txt', GITHUB)
    await again()
    for (const name of readdirSync(cache())) {
      expect(statSync(join(cache(), name)).mode & 0o077).toBe(0)
      expect(readFileSync(join(cache(), name), 'latin1')).not.toMatch(/nothing|ghp_/)
    }
    expect((await found({ cacheDirectory: cache() })).found).toHaveLength(1)
  })

  it('is read again where the memory was tampered with or cannot be kept', async () => {
    write('a.txt', GITHUB)
    await again()
    for (const name of readdirSync(cache()))
      if (name !== 'key') writeFileSync(join(cache(), name), '{"version":1')
    expect((await found({ cacheDirectory: cache() })).found).toHaveLength(1)
    chmodSync(cache(), 0o500)
    expect((await found({ cacheDirectory: '/dev/null/nowhere' })).found).toHaveLength(1)
    chmodSync(cache(), 0o700)
  })
})

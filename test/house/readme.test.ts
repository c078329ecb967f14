import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBroker, type TestBroker } from '../harness/broker.ts'
import { startTestPostgres, type TestPostgres } from '../harness/postgres.ts'
import { needs } from '../harness/services.ts'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string)
const noPsql = await needs('psql')

describe.skipIf(noPsql)('the walk of the README, word for word', () => {
  let broker: TestBroker
  let server: TestPostgres
  const printed: string[] = []

  beforeAll(async () => {
    server = await startTestPostgres()
    // As a reader finds it: a cluster with nothing in it.
    await promisify(execFile)('psql', [
      server.superuserUrl.replace(/[^/]*$/, 'postgres'),
      '-Xqc',
      'DROP DATABASE credbroker',
    ])
    broker = await startTestBroker({})
  })
  afterAll(async () => {
    await broker?.stop()
    await server?.stop()
  })

  /** The blocks of a reader's shell, one after the other; `export` lasts, as it does there. */
  async function run(block: string): Promise<{ code: number; out: string }> {
    const env = {
      PATH: process.env['PATH'],
      HOME: broker.home,
      XDG_CONFIG_HOME: join(broker.home, 'config'),
      ADMIN: server.superuserUrl.replace(/[^/]*$/, 'postgres'),
      NODE_NO_WARNINGS: '1',
    }
    // Our own program and port for the ones of a checkout that `npm start` serves.
    const script = block
      .replaceAll('./broker', `'${process.execPath}' packages/cli/src/main.ts`)
      .replaceAll('npm run example', `'${process.execPath}' examples/orders.ts`)
      .replaceAll('http://127.0.0.1:4747', broker.url)
    return new Promise((resolve) => {
      execFile(
        'bash',
        ['--norc', '-eo', 'pipefail', '-c', script],
        { cwd: root, env },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, out: stdout + stderr }),
      )
    })
  }

  it('works, and what should be refused is', async () => {
    for (const block of blocks.filter((one) => !one.startsWith('export ADMIN='))) {
      const { code, out } = await run(block)
      const expected = block.includes('delete from') ? 1 : block.includes('--env production') ? 3 : 0
      expect(code, `${block}\n${out}`).toBe(expected)
      printed.push(out)
    }
    const all = printed.join('\n')
    expect(all).toMatch(/user:admin/)
    expect(all).toMatch(/current_user *\n-+\n *brk_/)
    expect(all).toMatch(/permission denied|cannot execute DELETE/)
    expect(all).toMatch(/denied: orders-ro: The scope belongs to another environment/)
    expect(all).toMatch(/count: '2'/)
    expect(all).toMatch(/lease\.minted/)
    expect(all).not.toContain('change-me@')
  }, 120_000)

  it('has the two commands on lines of their own, and shows the example as it is', () => {
    expect(text).toMatch(/^npm start$/m)
    expect(text).toMatch(/^npm test$/m)
    const shown = /^```ts\n(.*?)^```$/ms.exec(text)?.[1] as string
    expect(readFileSync(join(root, 'examples/orders.ts'), 'utf8')).toContain(shown)
  })

  it('and the documentation link to files that are there', async () => {
    const { globSync, existsSync } = await import('node:fs')
    const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'examples/*.md', 'examples/*/*.md'], {
      cwd: root,
    })
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .filter(([, link]) => !existsSync(join(root, page, '..', link as string)))
        .map(([, link]) => `${page}: ${link}`),
    )
    expect(broken).toEqual([])
  })
})

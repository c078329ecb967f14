import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sandbox } from '../../test/run-cli.ts'

const GITHUB = `ghp_${'Z9y8X7w6V5u4'.repeat(3)}`
const LATER = '2026-12-01'

async function workspace() {
  const here = await sandbox()
  await mkdir(join(here.directory, 'work'))
  await writeFile(join(here.directory, 'work/deploy.env'), `A=1\nTOKEN=${GITHUB}\n`)
  return here
}

describe('broker scan', () => {
  it('says where and what, never the value, and ends with 5', async () => {
    await using here = await workspace()
    const { code, out, err } = await here.run(['scan', 'work'])
    expect({ code, err }).toEqual({ code: 5, err: '' })
    expect(out).toMatch(/^deploy\.env:2:7 {2}GitHub token {2}\(fnd_[0-9a-f]{12}\)$/m)
    expect(out).toContain('1 secret found in 1 file.')
    expect(out).not.toContain(GITHUB.slice(4))
  })

  it('names what it finds in a home as it lies there', async () => {
    await using here = await sandbox()
    const home = here.directory
    for (const name of ['.aws', '.config/gh']) await mkdir(join(home, name), { recursive: true })
    for (const name of ['.aws/credentials', '.config/gh/hosts.yml', '.netrc'])
      await writeFile(join(home, name), `token = ${GITHUB}\n`)
    const { out } = await here.run(['scan', '--home', '--json'])
    const { findings } = JSON.parse(out) as { findings: readonly { path: string }[] }
    expect(findings.map(({ path }) => path)).toEqual(['.aws/credentials', '.config/gh/hosts.yml', '.netrc'])
  })

  it('answers programs in JSON and SARIF, without values', async () => {
    await using here = await workspace()
    const json = await here.run(['scan', 'work', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      findings: [{ kind: 'github', path: 'deploy.env', line: 2 }],
      open: 1,
      files: 1,
    })
    const sarif = await here.run(['scan', 'work', '--sarif'])
    expect(JSON.parse(sarif.out)).toMatchObject({
      version: '2.1.0',
      runs: [{ results: [{ ruleId: 'github', level: 'error' }] }],
    })
    expect([json.code, sarif.code]).toEqual([5, 5])
    expect(json.out + sarif.out).not.toContain(GITHUB.slice(4))
  })

  it('is content with nothing, and says how much it saw', async () => {
    await using here = await sandbox()
    await writeFile(join(here.directory, 'a.txt'), 'hello\n')
    expect(await here.run(['scan', 'a.txt'])).toMatchObject({ code: 0, out: 'No secret found in 1 file.\n' })
  })

  it('does not count what somebody answers for, until the day that they said', async () => {
    await using here = await workspace()
    const scan = (...more: string[]) => here.run(['scan', 'work', '--baseline', 'baseline.json', ...more])
    const id = /fnd_[0-9a-f]{12}/.exec((await scan()).out)?.[0] ?? ''
    const who = ['--owner', 'mia', '--reason', 'a test account', '--expires']
    expect(await scan('--accept', id, ...who, LATER)).toMatchObject({ code: 0 })
    expect((await scan()).out).toContain('1 accepted')
    const path = join(here.directory, 'baseline.json')
    const text = await readFile(path, 'utf8')
    expect(text).not.toContain(GITHUB.slice(4))
    await writeFile(path, text.replace(LATER, '2020-01-01'))
    const over = await scan()
    expect(over.code).toBe(5)
    expect(over.out).toContain('was accepted by mia until 2020-01-01')
  })

  it('takes no acceptance that nobody answers for, that never ends, or of nothing', async () => {
    await using here = await workspace()
    const accept = (...more: string[]) =>
      here.run(['scan', 'work', '--baseline', 'b.json', '--accept', 'fnd_x', ...more])
    expect(await accept()).toMatchObject({ code: 2 })
    const who = ['--owner', 'mia', '--reason', 'x', '--expires']
    expect(await accept(...who, '2999-01-01')).toMatchObject({ code: 2 })
    expect(await accept(...who, 'soon')).toMatchObject({ code: 2 })
    const nothing = await accept(...who, LATER)
    expect(nothing).toMatchObject({ code: 1 })
    expect(nothing.err).toContain('run the scan with --baseline')
    await writeFile(join(here.directory, 'b.json'), '{"version": 2}')
    expect((await here.run(['scan', 'work', '--baseline', 'b.json'])).err).toContain('is not a baseline')
  })

  it('names a path that is not there', async () => {
    await using here = await sandbox()
    expect(await here.run(['scan', 'nowhere'])).toMatchObject({ code: 2 })
  })
})

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { generateProviderRegistry } from '../../../scripts/registry.ts'
import { PROVIDERS } from './registry.gen.ts'

describe('the registry of providers', () => {
  it('holds every file of the folder, under the name that its kind gives itself', async () => {
    for (const [name, load] of PROVIDERS) expect((await load()).kind).toBe(name)
    const text = await readFile(new URL('./registry.gen.ts', import.meta.url), 'utf8')
    for (const line of generateProviderRegistry().split('\n')) expect(text).toContain(line.trim())
  })
  it('loads no vendor’s SDK before it is used', async () => {
    const program = `
      const loaded = []
      require('node:module').registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      import(${JSON.stringify(new URL('./registry.gen.ts', import.meta.url).href)})
        .then(({ PROVIDERS }) => Promise.all([...PROVIDERS.values()].map((load) => load())))
        .then(() => console.log(JSON.stringify(loaded)))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program])
    const loaded = JSON.parse(stdout) as string[]
    expect(loaded.some((url) => url.includes('/kinds/aws-sts.ts'))).toBe(true)
    expect(loaded.filter((url) => url.includes('aws-sdk'))).toEqual([])
  })
})

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const dist = join(import.meta.dirname, '../../dist')

/** What `./broker` may ever load, now or on demand. */
function chunksOf(entry: string): Set<string> {
  const found = new Set<string>()
  const look = (file: string) => {
    for (const [, name] of readFileSync(join(dist, file), 'utf8').matchAll(
      /["']\.\/(chunk-[\w-]+\.js)["']/g,
    )) {
      if (name === undefined || found.has(name)) continue
      found.add(name)
      look(name)
    }
  }
  look(entry)
  return found
}

it('every part of the built command loads, whichever command asks for it', async () => {
  const chunks = [...chunksOf('broker.js')]
  expect(chunks.length).toBeGreaterThan(50)
  const program = `
    const failed = []
    for (const url of JSON.parse(process.argv[1])) await import(url).catch((error) => failed.push(url + ': ' + error.message))
    console.log(JSON.stringify(failed))
    process.exit(0)`
  const urls = JSON.stringify(chunks.map((name) => pathToFileURL(join(dist, name)).href))
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, urls])
  expect(JSON.parse(stdout)).toEqual([])
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scan } from '../../../packages/cli/src/scan/scan.ts'
import { score } from './score.ts'

// `npm run recall`: plants other secrets and decoys each time, says how many of them a scan tells apart, and how long it takes.

const say = (line: string) => process.stdout.write(`${line}\n`)
const LEAST = 0.95
const FILES = 10_000

const directory = mkdtempSync(join(tmpdir(), 'credbroker-recall-'))
try {
  const { planted, findings, missed, wrong, recall, precision } = await score(join(directory, 'planted'))
  for (const { what, path } of missed) say(`missed  ${what}  ${path}`)
  for (const { finding } of wrong) say(`wrong   ${finding.title}  ${finding.path}:${finding.line}`)
  say(`recall     ${percent(recall)}  of ${planted} secrets (at least ${percent(LEAST)})`)
  say(`precision  ${percent(precision)}  of ${findings} findings (at least ${percent(LEAST)})`)
  await measure(join(directory, 'large'))
  if (recall < LEAST || precision < LEAST) process.exitCode = 1
} finally {
  rmSync(directory, { recursive: true })
}

/** Ordinary source files, about 2 kB each. */
async function measure(root: string): Promise<void> {
  for (let at = 0; at < FILES; at++) {
    if (at % 100 === 0) mkdirSync(join(root, `part-${at / 100}`), { recursive: true })
    writeFileSync(join(root, `part-${Math.floor(at / 100)}`, `file-${at}.ts`), sourceText(at))
  }
  const cacheDirectory = join(directory, 'cache')
  const options = { roots: [root], cacheDirectory, now: () => new Date(Date.now() + 60_000) }
  for (const name of ['first', 'again']) {
    const began = performance.now()
    const { files, filesFromCache } = await scan(options)
    const seconds = ((performance.now() - began) / 1000).toFixed(2)
    say(`${name}      ${files} files, ${filesFromCache} unchanged: ${seconds} s`)
  }
}

function sourceText(at: number): string {
  const line = (n: number) =>
    `export function part${n}(order: Order, token: string): Result { return lookUp(order.items[${n}], token, 'key-${at}') }`
  return Array.from({ length: 18 }, (_, n) => line(n)).join('\n')
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`
}

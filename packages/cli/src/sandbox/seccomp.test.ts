import { expect, it } from 'vitest'
import { syscallFilter } from './seccomp.ts'

const [ALLOW, KILL] = [0x7fff_0000, 0x8000_0000]
const errno = (number: number) => 0x0005_0000 | number
const X64 = 0xc000_003e

/** What the kernel would answer: the machine of classic BPF, as far as the filter uses it. */
function judge(call: { arch?: number; nr: number; args?: readonly bigint[] }): number {
  const data = Buffer.alloc(64)
  data.writeInt32LE(call.nr | 0, 0)
  data.writeUInt32LE(call.arch ?? X64, 4)
  for (const [at, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(value, 16 + 8 * at)
  const program = syscallFilter('x64') as Buffer
  let accumulator = 0
  for (let at = 0; at < program.length / 8; at++) {
    const [code, yes, no, value] = [
      program.readUInt16LE(at * 8),
      program.readUInt8(at * 8 + 2),
      program.readUInt8(at * 8 + 3),
      program.readUInt32LE(at * 8 + 4),
    ]
    if (code === 0x20) accumulator = data.readUInt32LE(value)
    else if (code === 0x06) return value
    else if (code === 0x15) at += accumulator === value ? yes : no
    else if (code === 0x35) at += accumulator >= value ? yes : no
    else throw new Error(`code ${code}`)
  }
  throw new Error('it ran off its end')
}

it.each([
  ['read', { nr: 0 }, ALLOW],
  ['keyctl', { nr: 250 }, errno(1)],
  ['bpf', { nr: 321 }, errno(1)],
  ['io_uring_setup', { nr: 425 }, errno(1)],
  ['a terminal’s size', { nr: 16, args: [0n, 0x5413n] }, ALLOW],
  ['typing into a terminal', { nr: 16, args: [0n, 0x5412n] }, errno(1)],
  ['the same with noise in the upper half', { nr: 16, args: [0n, 0xdead_0000_5412n] }, errno(1)],
  ['pasting into the console', { nr: 16, args: [0n, 0x541cn] }, errno(1)],
  ['a socket of IPv4', { nr: 41, args: [2n] }, ALLOW],
  ['a socket of this machine', { nr: 41, args: [1n] }, ALLOW],
  ['a socket of IPv6', { nr: 41, args: [10n] }, ALLOW],
  ['a socket to the host of a virtual machine', { nr: 41, args: [40n] }, errno(97)],
  ['a raw packet socket', { nr: 41, args: [17n] }, errno(97)],
  ['a call by the x32 table', { nr: 0x4000_0000 + 16 }, errno(38)],
  ['a call by the 32-bit table', { arch: 0x4000_0003, nr: 54 }, KILL],
] as const)('the filter judges %s', (_, call, expected) => {
  expect(judge(call) >>> 0).toBe(expected >>> 0)
})

it('is there for the processors that the pinned Node runs on', () => {
  expect(syscallFilter('arm64')).toBeInstanceOf(Buffer)
  expect(syscallFilter('riscv64')).toBeUndefined()
})

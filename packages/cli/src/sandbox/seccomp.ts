/**
 * A filter of system calls, as the kernel takes it (classic BPF over `struct seccomp_data`). Namespaces cover most of what
 * a command must not reach. This covers what has none: the keyrings of the kernel, the input of the terminal, sockets of
 * other families (vsock reaches the host of a virtual machine), and doors that are known for faults in the kernel.
 */
export function syscallFilter(arch: string): Buffer | undefined {
  const machine = MACHINES[arch]
  if (!machine) return undefined
  const { audit, foreign, calls } = machine
  return Buffer.concat([
    load(ARCHITECTURE),
    unless(audit, KILL),
    load(NUMBER),
    // The 32-bit table of the same processor numbers its calls in another way.
    ...(foreign === undefined ? [] : [fromOn(foreign, errno(ENOSYS))]),
    ...calls.denied.flatMap((call) => [when(call, errno(EPERM))]),
    otherwise(calls.ioctl, [
      load(argument(1)),
      ...TERMINAL_INPUT.map((request) => when(request, errno(EPERM))),
    ]),
    otherwise(calls.socket, [
      load(argument(0)),
      jump(JEQ, AF.unix, 4, 0),
      jump(JEQ, AF.inet, 3, 0),
      jump(JEQ, AF.inet6, 2, 0),
      jump(JEQ, AF.netlink, 1, 0),
      answer(errno(EAFNOSUPPORT)),
    ]),
    answer(ALLOW),
  ])
}

const [LD_W_ABS, JEQ, JGE, RET] = [0x20, 0x15, 0x35, 0x06]
const [NUMBER, ARCHITECTURE] = [0, 4]
const [KILL, ALLOW] = [0x8000_0000, 0x7fff_0000]
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97]
const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 }
/** TIOCSTI types into the terminal, TIOCLINUX pastes into the console. */
const TERMINAL_INPUT = [0x5412, 0x541c]

/** add_key, request_key, keyctl, perf_event_open, bpf, userfaultfd, io_uring_setup; the last makes sockets past any filter. */
const MACHINES: Readonly<
  Record<
    string,
    {
      readonly audit: number
      readonly foreign?: number
      readonly calls: { readonly ioctl: number; readonly socket: number; readonly denied: readonly number[] }
    }
  >
> = {
  x64: {
    audit: 0xc000_003e,
    foreign: 0x4000_0000,
    calls: { ioctl: 16, socket: 41, denied: [248, 249, 250, 298, 321, 323, 425] },
  },
  arm64: {
    audit: 0xc000_00b7,
    calls: { ioctl: 29, socket: 198, denied: [217, 218, 219, 241, 280, 282, 425] },
  },
}

/** The lower half of an argument: the kernel looks at no more of these. */
const argument = (index: number): number => 16 + 8 * index
const errno = (number: number): number => 0x0005_0000 | number

function jump(code: number, value: number, yes: number, no: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code)
  bytes.writeUInt8(yes, 2)
  bytes.writeUInt8(no, 3)
  bytes.writeUInt32LE(value >>> 0, 4)
  return bytes
}

const load = (offset: number) => jump(LD_W_ABS, offset, 0, 0)
const answer = (action: number) => jump(RET, action, 0, 0)
const when = (value: number, action: number) => Buffer.concat([jump(JEQ, value, 0, 1), answer(action)])
const unless = (value: number, action: number) => Buffer.concat([jump(JEQ, value, 1, 0), answer(action)])
const fromOn = (value: number, action: number) => Buffer.concat([jump(JGE, value, 0, 1), answer(action)])

/** For one call these steps and then yes; for every other the next step. */
function otherwise(call: number, steps: readonly Buffer[]): Buffer {
  const all = Buffer.concat([...steps, answer(ALLOW)])
  return Buffer.concat([jump(JEQ, call, 0, all.length / 8), all])
}

import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MAIN } from './command.ts'

/** What some tests need and npm does not bring. */
export type Service = keyof typeof services

interface Need {
  readonly present: () => Promise<boolean>
  readonly missing: string
  /** Something about the machine that nobody can install: no failure, whatever REQUIRE_SERVICES says. */
  readonly optional?: true
}

export const DEBIAN_POSTGRES_15 = '/usr/lib/postgresql/15/bin'
export const DEBIAN_CHROMIUM = '/usr/bin/chromium'
/** With what the Python SDK is tested with. */
export const SDK_PYTHON = fileURLToPath(new URL('../../dist/python-venv/bin/python', import.meta.url))
/** One who owns nothing on this machine. No name is needed. */
export const ORDINARY_USER = { uid: 47_470, gid: 47_470 } as const
const run = promisify(execFile)
const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )

const AS_ORDINARY_USER = { ...ORDINARY_USER, cwd: '/' }
// Node throws at once, and does not reject, where nobody but root may do this.
const readsThisTree = () =>
  succeeds((async () => await run(process.execPath, ['--check', MAIN], AS_ORDINARY_USER))())

const services = {
  postgres15: {
    present: () => succeeds(access(`${DEBIAN_POSTGRES_15}/postgres`)),
    missing: `no PostgreSQL 15 in ${DEBIAN_POSTGRES_15} (Debian 12: apt-get install postgresql-15)`,
  },
  psql: {
    present: () => succeeds(run('psql', ['--version'])),
    missing: 'no psql on PATH (apt-get install postgresql-client)',
  },
  openssl: {
    present: () => succeeds(run('openssl', ['version'])),
    missing: 'no openssl to make certificates with (apt-get install openssl)',
  },
  moto: {
    present: () =>
      succeeds(
        run('python3', [
          '-c',
          'import importlib.util as u; assert u.find_spec("moto") and u.find_spec("flask")',
        ]),
      ),
    missing: "no Python with moto (pip install 'moto[server]==5.2.1')",
  },
  aws: {
    present: () => succeeds(run('aws', ['--version'])),
    missing: 'no aws on PATH (pip install awscli)',
  },
  schemathesis: {
    // What it tries and calls a fault differs from version to version.
    present: () =>
      succeeds(
        run('schemathesis', ['--version']).then(({ stdout }) => {
          if (!stdout.includes('4.32.5')) throw new Error('another version')
        }),
      ),
    missing: 'no schemathesis 4.32.5 on PATH (pip install schemathesis==4.32.5)',
  },
  pythonSdk: {
    present: () =>
      succeeds(
        run(SDK_PYTHON, [
          '-c',
          'import boto3, cryptography, hatchling, httpx, langchain_core, mypy, psycopg_pool, pytest, ruff',
        ]),
      ),
    missing:
      'no dist/python-venv (python3 -m venv dist/python-venv; dist/python-venv/bin/pip install -r test/runtime/python/requirements.txt)',
  },
  kubectl: {
    // Debian 12's own is 1.20, which knows exec plugins only in a form that was given up since.
    present: () =>
      succeeds(
        run('kubectl', ['version', '--client', '-o', 'json']).then(({ stdout }) => {
          const { minor } = (JSON.parse(stdout) as { clientVersion: { minor: string } }).clientVersion
          if (Number.parseInt(minor, 10) < 22) throw new Error('too old')
        }),
      ),
    missing: 'no kubectl of 1.22 or later on PATH (.ci/run takes it from PyPI)',
  },
  bubblewrap: {
    // Of an ordinary user where one can be had: a machine may let root alone make namespaces.
    present: async () =>
      succeeds(
        run(
          'bwrap',
          ['--unshare-all', '--unshare-user', '--disable-userns', '--ro-bind', '/', '/', 'true'],
          (await readsThisTree()) ? AS_ORDINARY_USER : {},
        ),
      ),
    missing: 'no bubblewrap 0.8 that may make namespaces (Debian: apt-get install bubblewrap)',
  },
  git: {
    present: () => succeeds(run('git', ['--version'])),
    missing: 'no git on PATH (Debian: apt-get install git)',
  },
  curl: {
    present: () => succeeds(run('curl', ['--version'])),
    missing: 'no curl on PATH (Debian: apt-get install curl)',
  },
  npm: {
    present: () => succeeds(run('npm', ['--version'])),
    missing: 'no npm on PATH',
  },
  chromium: {
    present: () => succeeds(access(DEBIAN_CHROMIUM)),
    missing: `no ${DEBIAN_CHROMIUM} (Debian: apt-get install chromium)`,
  },
  root: {
    present: async () => process.getuid?.() === 0,
    missing: 'only root can become another user',
    optional: true,
  },
  ordinaryUser: {
    present: () => readsThisTree(),
    missing: 'only root can become another user, who must be able to read this tree',
    optional: true,
  },
  mounts: {
    present: () => succeeds(run('unshare', ['--mount', 'mount', '--bind', '/tmp', '/tmp'])),
    missing: 'this system does not let us mount (CAP_SYS_ADMIN)',
    optional: true,
  },
} as const satisfies Record<string, Need>

const asked = new Map<Service, Promise<string | undefined>>()

/**
 * Why tests that need this cannot run here; `undefined`: they can. Pass it to `skipIf` or `context.skip`. The reason is
 * printed, and the closing report of a run repeats it.
 *
 * @throws Error with REQUIRE_SERVICES=1, so that nothing is skipped where everything should be there
 */
export function needs(service: Service): Promise<string | undefined> {
  const answer = asked.get(service) ?? look(service)
  asked.set(service, answer)
  return answer
}

async function look(service: Service): Promise<string | undefined> {
  const { present, missing, optional }: Need = services[service]
  if (await present()) return undefined
  if (process.env['REQUIRE_SERVICES'] === '1' && !optional)
    throw new Error(`REQUIRE_SERVICES=1, and here is ${missing}`)
  // biome-ignore lint/suspicious/noConsole: a skip must say why
  console.warn(`${SKIPPED}${missing}`)
  return missing
}

/** How a printed line tells that it is the reason of a skip. */
export const SKIPPED = 'skipped: '

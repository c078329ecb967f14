import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { certify } from '../../../test/harness/authority.ts'
import { freePort } from '../../../test/harness/free-port.ts'

/** Something that serves at a port of loopback, in a process of its own. */
export interface Served {
  readonly port: number
  stop(): Promise<void>
}

export interface Vendor extends Served {
  readonly host: string
  readonly origin: string
  readonly ca: string
  readonly caFile: string
}

/** A vendor over TLS. */
export async function startVendor(): Promise<Vendor> {
  const certificate = await certify()
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-bench-vendor-'))
  const [KEY_FILE, CERT_FILE] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  await writeFile(KEY_FILE, certificate.key, { mode: 0o600 })
  await writeFile(CERT_FILE, certificate.cert)
  const served = await startScript('vendor.ts', { KEY_FILE, CERT_FILE })
  const host = `127.0.0.1:${served.port}`
  return {
    port: served.port,
    host,
    origin: `https://${host}`,
    ca: readFileSync(certificate.caFile, 'utf8'),
    caFile: certificate.caFile,
    async stop() {
      await served.stop()
      await certificate.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const startBareHono = ({ origin, caFile }: Vendor): Promise<Served> =>
  startScript('bare-hono.ts', { ORIGIN: origin, NODE_EXTRA_CA_CERTS: caFile })

const NGINX = '/usr/sbin/nginx'

/** Undefined where nginx is not installed: Debian's `nginx-light` is enough. */
export async function startNginx({ host, caFile }: Vendor): Promise<Served | undefined> {
  if (!existsSync(NGINX)) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'credbroker-bench-nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream vendor { server ${host}; keepalive 32; }
  server { listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / { proxy_pass https://vendor; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer root"; proxy_ssl_verify on; proxy_ssl_trusted_certificate ${caFile};
      proxy_ssl_name localhost; } }
}`,
  )
  const child = spawn(NGINX, ['-p', folder, '-e', 'stderr', '-c', file], { stdio: 'ignore' })
  await listening(port)
  return {
    port,
    async stop() {
      await ended(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startScript(name: string, env: Readonly<Record<string, string>>): Promise<Served> {
  const child = spawn(process.execPath, [join(import.meta.dirname, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env },
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { port } = JSON.parse(line) as { port: number }
  return { port, stop: () => ended(child) }
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const there = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (there) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('nginx did not start')
}

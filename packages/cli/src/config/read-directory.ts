import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { PolicySource } from '@credbroker/core/config/document'
import { LocalError } from '../usage-error.ts'

/** A configuration as it lies on disk, not yet looked into. Paths are relative to where the command runs. */
export interface ConfigDirectory {
  readonly yamlFile: string
  readonly yamlText: string
  readonly policies: readonly PolicySource[]
  /** Turns `staging.cedar:12` or `policies/staging.cedar:12` into the path of that file. */
  readonly policyPlace: (at: string) => string
}

/**
 * The directory that is meant: the one named, also by its `broker.yaml`; otherwise this one, or the `credbroker` in it that
 * `broker init` writes.
 *
 * @throws LocalError when it is not a directory
 */
export async function configDirectory(cwd: string, asked?: string): Promise<string> {
  if (asked === undefined) {
    const here = ['broker.yaml', 'policies'].some((name) => existsSync(join(cwd, name)))
    const starter = join(cwd, 'credbroker')
    return !here && existsSync(join(starter, 'broker.yaml')) ? starter : cwd
  }
  const named = resolve(cwd, asked)
  const directory = basename(named) === 'broker.yaml' ? dirname(named) : named
  const found = await stat(directory).catch(() => undefined)
  if (!found?.isDirectory()) throw new LocalError(`There is no directory ${shown(directory, cwd)}.`)
  return directory
}

/** @throws LocalError when there is no `broker.yaml`, or a file cannot be read */
export async function readConfigDirectory(directory: string, cwd: string): Promise<ConfigDirectory> {
  const yamlFile = shown(join(directory, 'broker.yaml'), cwd)
  const yamlText = await readText(join(directory, 'broker.yaml'))
  if (yamlText === undefined)
    throw new LocalError(`There is no ${yamlFile}.`, { advice: 'Write a first one with `broker init`.' })
  return { yamlFile, yamlText, ...(await readPolicies(directory, cwd)) }
}

/** The `policies/*.cedar` of a directory, by name; none where there is no such folder. */
export async function readPolicies(
  directory: string,
  cwd: string,
): Promise<Pick<ConfigDirectory, 'policies' | 'policyPlace'>> {
  const folder = join(directory, 'policies')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.cedar')).sort()
  const policies = await Promise.all(
    names.map(async (name) => ({ name, text: (await readText(join(folder, name))) ?? '' })),
  )
  return { policies, policyPlace: (at) => shown(join(folder, at.replace(/^policies\//, '')), cwd) }
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new LocalError(`${path} cannot be read (${code}).`)
  }
}

/** As short as it can be without becoming ambiguous. */
const shown = (path: string, cwd: string): string => {
  const short = relative(cwd, path)
  return short.startsWith('..') || short === '' ? path : short
}

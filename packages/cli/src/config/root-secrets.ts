import type { ConfigDocument } from '@credbroker/core/config/document'
import type { Cli } from '../cli.ts'
import { readSecretFile, readSecretFromStdin } from '../local/read-secret.ts'
import { rootDocument } from '../local/root-document.ts'
import { LocalError } from '../usage-error.ts'

export interface RootSecrets {
  /** The providers' documents, by root. */
  readonly documents: Readonly<Record<string, unknown>>
  /** Files that still hold a credential. */
  readonly files: readonly string[]
}

/**
 * Reads the credentials that a plan asks for, by the references in the configuration.
 *
 * @throws LocalError when a root has no reference, two read standard input, or a file lies in a git work tree
 */
export async function readRootSecrets(
  cli: Pick<Cli, 'stdin' | 'interactive' | 'cwd'>,
  wanted: readonly string[],
  roots: ConfigDocument['roots'],
): Promise<RootSecrets> {
  const references = wanted.map((name) => ({ name, reference: roots[name]?.secret }))
  const missing = references.filter(({ reference }) => reference === undefined)
  if (missing.length > 0)
    throw new LocalError('The broker needs the credential of a root, and no file says where it is.', {
      problems: missing.map(({ name }) => ({
        at: `roots.${name}`,
        message: 'add `secret: file:/absolute/path` or `secret: stdin`',
      })),
    })
  if (references.filter(({ reference }) => reference === 'stdin').length > 1 && !cli.interactive)
    throw new LocalError('Only one root can read its credential from standard input.', {
      advice: 'Use file: references, or add the others with `broker root add`.',
    })
  const documents: Record<string, unknown> = {}
  const files: string[] = []
  for (const { name, reference } of references) {
    const file = reference?.startsWith('file:') ? reference.slice('file:'.length) : undefined
    const secret =
      file === undefined
        ? await readSecretFromStdin(cli, `Credential for ${name} (JSON document or postgres:// URL)`)
        : await readSecretFile(file, cli.cwd)
    documents[name] = rootDocument(secret)
    if (file !== undefined) files.push(file)
  }
  return { documents, files }
}

/** What is sent of the configuration: where a secret lies on this machine is nobody else's business. */
export const withoutReferences = (config: ConfigDocument): ConfigDocument => ({
  ...config,
  roots: Object.fromEntries(
    Object.entries(config.roots).map(([name, { secret: _kept, ...root }]) => [name, root]),
  ),
})

import type { SecretLintCoreConfig } from '@secretlint/types'
import type { Match } from './match.ts'
import { isStandIn } from './rules/stand-in.ts'

/** The rules that others keep up to date. Loaded when there is something to look into. */
export async function loadEngine(): Promise<(text: string, path: string) => Promise<Match[]>> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ])
  const config: SecretLintCoreConfig = { rules: [{ id: 'recommended', rule: creator, options: {} }] }
  return async (text, path) => {
    const source = { filePath: path, content: text, contentType: 'text', ext: extensionOf(path) } as const
    const { messages } = await lintSource({ source, options: { config, noPhysicFilePath: true } })
    return messages.flatMap(({ ruleId, messageId, range: [from, to] }) => {
      const value = text.slice(from, to)
      // Passwords in URLs are read by a rule of ours, which knows the made-up ones.
      if (value === '' || isStandIn(value) || value.includes('://')) return []
      const vendor = ruleId.replace(/^.*secretlint-rule-/, '')
      return [{ kind: vendor, title: titleOf(vendor, messageId), value, from, to }]
    })
  }
}

const titleOf = (vendor: string, messageId: string): string =>
  `${vendor} (${messageId.toLowerCase().replaceAll('_', ' ')})`

const extensionOf = (path: string): string => /\.[^./\\]+$/.exec(path)?.[0] ?? ''

import type { Rule } from './rule.ts'
import { isIdentity, isMadeUp, isStandIn } from './stand-in.ts'

const real = (value: string) => !isStandIn(value)

/** Files whose every field of that place is a credential, whatever it looks like. */
export const FILE_RULES: readonly Rule[] = [
  {
    kind: 'npmrc',
    title: 'Registry credential',
    pattern: /^\s*(?:\/\/\S+?\/:)?(?:_authToken|_auth|_password)\s*=\s*"?(?<secret>[^\s"$]{6,})"?\s*$/gm,
    accepts: real,
    in: /npmrc$/,
  },
  {
    kind: 'netrc',
    title: 'Password of a host',
    pattern: /\bpassword\s+(?<secret>\S{4,})/g,
    accepts: real,
    in: /(?:^|\/)[._](?:netrc|authinfo)$/,
  },
  {
    kind: 'pgpass',
    title: 'PostgreSQL password',
    pattern: /^(?!#)(?:(?:\\.|[^:\\\n])*:){4}(?<secret>(?:\\.|[^:\\\n]){3,})$/gm,
    accepts: real,
    in: /pgpass(?:\.conf)?$/,
  },
  {
    kind: 'git-credentials',
    title: 'Password of a git host',
    pattern: /^https?:\/\/[^:\s]*:(?<secret>[^@\s]{4,})@/gm,
    in: /git-credentials$|\.config\/git\/credentials$/,
  },
  {
    kind: 'docker-auth',
    title: 'Registry credential',
    pattern: /"(?:auth|identitytoken|password)"\s*:\s*"(?<secret>[^"]{8,})"/g,
    accepts: real,
    in: /(?:\.docker\/config|containers\/auth|\.dockercfg|dockerconfig)[\w.]*$/,
  },
  {
    kind: 'kubeconfig',
    title: 'Cluster credential',
    pattern:
      /^\s*-?\s*(?:token|client-key-data|password|id-token|refresh-token)\s*:\s*"?(?<secret>[^\s"]{8,})"?\s*$/gm,
    accepts: real,
    in: /(?:^|\/)(?:\.kube\/|kubeconfig|[\w.-]*\.kubeconfig)/,
  },
  {
    kind: 'aws-credentials',
    title: 'AWS secret access key',
    pattern:
      /\baws_?(?:secret_?access_?key|session_?token)["']?\s*[=:]\s*["']?(?<secret>[A-Za-z0-9/+=]{40,2000})(?![A-Za-z0-9/+=])/gi,
    accepts: (value) => !isMadeUp(value),
  },
  {
    kind: 'pypirc',
    title: 'Registry credential',
    pattern: /^\s*(?:password|token)\s*[=:]\s*"?(?<secret>[^\s"]{6,})"?\s*$/gm,
    accepts: real,
    in: /pypirc$|cargo\/credentials(?:\.toml)?$|my\.cnf$/,
  },
  {
    kind: 'mcp-configuration',
    title: 'Key in an MCP configuration',
    pattern:
      /"[\w.-]*(?:key|token|secret|password|auth|credential|pat)[\w.-]*"\s*:\s*"(?:Bearer |Basic |token )?(?<secret>[^"\s$]{8,})"/gi,
    accepts: (value) =>
      real(value) &&
      !/^[a-z]+(?:[-_][a-z]+)*$/i.test(value) &&
      !(isIdentity(value) && !/[0-9a-f]{8}-/i.test(value)),
    in: /(?:^|\/)(?:\.?mcp[\w.-]*\.json|claude_desktop_config\.json|\.claude\.json|(?:\.claude|\.cursor|\.vscode|\.gemini|\.windsurf|\.zed|\.config\/zed)\/[\w.-]+\.json)$/,
  },
]

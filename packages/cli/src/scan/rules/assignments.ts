import type { Rule } from './rule.ts'
import { isIdentity, looksLikePassword, looksRandom } from './stand-in.ts'

const QUOTED = String.raw`(?<quote>["'\x60])(?<secret>[^"'\x60\s\\]{8,512})\k<quote>`
const NAME = String.raw`[\w.-]{0,60}(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|credentials?|client[_-]?secret|encryption[_-]?key|signing[_-]?key)[\w-]{0,40}`

const random = (value: string) => looksRandom(value)

/** What its name says to be a secret. The value has to look like one as well. */
export const ASSIGNMENT_RULES: readonly Rule[] = [
  {
    kind: 'password-in-url',
    title: 'Password in a URL',
    pattern:
      /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{0,100}:(?<secret>[^\s:/@"'`<>${}]{3,200})@[\w.[\]-]+/gi,
    accepts: looksLikePassword,
    selfEvident: true,
  },
  {
    kind: 'secret-in-code',
    title: 'Secret in a text',
    pattern: new RegExp(
      String.raw`\b(?:${NAME})["'\x60]?\]?\s*(?::\s*[\w<>[\]|]+\s*)?(?:=>|:=|=|:)\s*${QUOTED}`,
      'gi',
    ),
    accepts: random,
  },
  {
    kind: 'secret-in-settings',
    title: 'Secret in a setting',
    pattern: new RegExp(
      String.raw`^\s*(?:export\s+|set\s+|-\s+|ENV\s+)?["']?(?:${NAME})["']?\s*(?:=|:\s)\s*(?<secret>[^\s"'\x60#;,]{8,512})\s*(?:[#;].*)?$`,
      'gim',
    ),
    accepts: random,
    in: /(?:^|[/\\.])(?:env[\w.-]*|[\w.-]*\.(?:env|ini|cfg|conf|cnf|properties|toml|ya?ml|tfvars|sh|bash|zsh|service)|\w*rc|credentials|[\w.-]*history|config|Dockerfile|Makefile)$/i,
  },
  {
    kind: 'secret-on-command-line',
    title: 'Secret on a command line',
    pattern:
      /(?:--?(?:password|pass|token|api-key|secret|auth-token)[= ]|\bPGPASSWORD=|\bMYSQL_PWD=|\bsshpass -p ?|\bcurl\b[^\n]*?\s(?:-u|--user) ?["']?[^\s:"']+:|[Aa]uthorization: ?(?:Bearer|Basic|token) )["']?(?<secret>[^\s"'`]{8,512})/g,
    accepts: random,
  },
  {
    kind: 'railway',
    title: 'Railway token',
    pattern:
      /railway[\w .-]{0,40}?["'`]?\s*(?:=>|:=|=|:|\bBearer)\s*(?:Bearer )?["'`]?(?<secret>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/gi,
    // Their ids are of the same form: the name has to say that it is a token.
    accepts: (value) => isIdentity(value) && !/^(.)\1{7}-/.test(value),
  },
]

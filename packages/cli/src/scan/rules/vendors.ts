import type { Rule } from './rule.ts'
import { isStandIn } from './stand-in.ts'

const token = (kind: string, title: string, pattern: RegExp): Rule => ({
  kind,
  title,
  pattern,
  accepts: (value) => !isStandIn(value),
  selfEvident: true,
})

/** Tokens that say by their beginning whose they are, and that the engine's own rules leave out or know only in part. */
export const VENDOR_RULES: readonly Rule[] = [
  token('credbroker', 'Credbroker secret', /\bbrk_(?:enr|set|run|ses|dev)_[A-Za-z0-9_-]{43}_[0-9a-f]{6}/g),
  token('aws-access-key', 'AWS access key id', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g),
  token('google-api-key', 'Google API key', /\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])/g),
  token('google-oauth', 'Google OAuth secret', /\bGOCSPX-[0-9A-Za-z_-]{28}/g),
  token(
    'github',
    'GitHub token',
    /\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})/g,
  ),
  token('gitlab', 'GitLab token', /\bgl(?:pat|ptt|dt|rt|cbt|agent|ft|oas)-[A-Za-z0-9_-]{20,}/g),
  token('npm', 'npm token', /\bnpm_[A-Za-z0-9]{36}\b/g),
  token('pypi', 'PyPI token', /\bpypi-AgEI[A-Za-z0-9_-]{50,}/g),
  token('crates', 'crates.io token', /\bcio[A-Za-z0-9]{32}\b/g),
  token('rubygems', 'RubyGems key', /\brubygems_[0-9a-f]{48}\b/g),
  token('docker', 'Docker Hub token', /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,}/g),
  token('slack', 'Slack token', /\bxox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{20,}/g),
  token(
    'slack-webhook',
    'Slack webhook',
    /\bhooks\.slack\.com\/services\/T[A-Z0-9]{8,}\/B[A-Z0-9]{8,}\/[A-Za-z0-9]{24}/g,
  ),
  token('stripe', 'Stripe key', /\b(?:sk|rk)_live_[A-Za-z0-9]{24,}/g),
  token('openai', 'OpenAI key', /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}/g),
  token('anthropic', 'Anthropic key', /\bsk-ant-[a-z]+\d{2}-[A-Za-z0-9_-]{80,}/g),
  token('huggingface', 'Hugging Face token', /\bhf_[A-Za-z]{34}\b/g),
  token('sendgrid', 'SendGrid key', /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/g),
  token('digitalocean', 'DigitalOcean token', /\bdo[opr]_v1_[0-9a-f]{64}\b/g),
  token('vault', 'Vault token', /\bhv[sbr]\.[A-Za-z0-9_-]{24,}/g),
  token('fly', 'Fly.io token', /\bFlyV1 fm\d_[A-Za-z0-9+/=_-]{40,}/g),
  token('linear', 'Linear key', /\blin_(?:api|oauth)_[A-Za-z0-9]{40,}/g),
  token('supabase', 'Supabase key', /\bsb(?:p|_secret)_[A-Za-z0-9_]{30,}/g),
  token('doppler', 'Doppler token', /\bdp\.(?:pt|st|sa|ct)\.[A-Za-z0-9.]{40,}/g),
  token('age', 'age secret key', /\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b/g),
  {
    kind: 'jwt',
    title: 'Signed token (JWT)',
    pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g,
    // A proof of possession (RFC 9449) is good for one request, which was made.
    accepts: (value) => !Buffer.from(value.split('.', 1)[0] ?? '', 'base64url').includes('"dpop+jwt"'),
    selfEvident: true,
  },
  {
    kind: 'private-key',
    title: 'Private key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]{40,20000}?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g,
    selfEvident: true,
  },
]

/** Read whatever ignore files say: files in which tools and people keep credentials. */
const CREDENTIAL_FILE =
  /^(?:\.?env(?:rc|\..*|-.*)?|.*\.env|\.?npmrc|\.yarnrc(?:\.yml)?|\.pypirc|[._]netrc|\.authinfo|\.pgpass|pgpass\.conf|\.my\.cnf|\.git-credentials|\.dockercfg|credentials(?:\.\w+)?|\.?secrets?(?:\..*)?|.*\.tfvars(?:\.json)?|.*\.tfstate(?:\.backup)?|kubeconfig|.*\.kubeconfig|.*\.(?:pem|key|p8|ppk|ovpn)|id_(?:rsa|dsa|ecdsa|ed25519)|\.?mcp[\w.-]*\.json|claude_desktop_config\.json|settings\.local\.json|service[-_]?account.*\.json|.*[-_]key\.json|\.htpasswd|\.?\w*_history|\.boto|\.s3cfg|hosts\.yml)$/i

export const isCredentialFile = (name: string): boolean => CREDENTIAL_FILE.test(name)

/** What others made, in great numbers: not even looked into for credential files. */
const HEAVY = new Set([
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
  'target',
  '.pnpm-store',
  '.gradle',
  '.tox',
])

export const isHeavy = (name: string): boolean => HEAVY.has(name)

/** Whatever lies in these is read. */
const CREDENTIAL_DIRECTORIES = new Set(['.aws', '.azure', '.docker', '.kube', '.ssh', 'gcloud'])

export const isCredentialDirectory = (name: string): boolean => CREDENTIAL_DIRECTORIES.has(name)

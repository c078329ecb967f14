import type { Finding } from './finding.ts'

/** SARIF 2.1.0, as code hosts take it in. Nothing of a value is in it. */
export function sarif(findings: readonly Finding[]): object {
  const rules = new Map(findings.map(({ kind, title }) => [kind, title]))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'credbroker',
            rules: [...rules].map(([id, title]) => ({ id, shortDescription: { text: title } })),
          },
        },
        results: findings.map(({ id, kind, title, path, line, column }) => ({
          ruleId: kind,
          level: 'error',
          message: { text: `${title} in the clear` },
          partialFingerprints: { 'credbrokerFinding/v1': id },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        })),
      },
    ],
  }
}

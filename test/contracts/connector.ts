import type { AnyConnector } from '@credbroker/connectors/connector'
import { describe } from 'vitest'
import { custody } from './connector/custody.ts'
import { denial } from './connector/denial.ts'
import { most } from './connector/most.ts'
import { reach } from './connector/reach.ts'
import { secrecy } from './connector/secrecy.ts'
import { stability } from './connector/stability.ts'
import type { ConnectorUnderTest } from './connector/subject.ts'

/**
 * What every connector keeps, whatever it reads. The kind's own test brings samples that it takes, what it must refuse, and
 * what is particular to the vendor.
 */
export function connectorContract(connector: AnyConnector, subject: ConnectorUnderTest): void {
  describe(`${connector.kind} keeps the contract of connectors`, () => {
    const bench = { connector, subject, spec: connector.spec.parse(subject.spec) }
    describe('what is unknown is refused (I10)', () => denial(bench))
    describe('what is sent is made anew', () => stability(bench))
    describe('what it does and touches is found out (I2, I4b)', () => reach(bench))
    describe('what a scope could do is known beforehand (I4b)', () => most(bench))
    describe('what a root reaches is asked of the vendor (I2)', () => custody(bench))
    describe('no root leaves (I1)', () => secrecy(bench))
  })
}

import { Page } from '../../ui/page.tsx'

export default function Simulate() {
  return <Page title="Simulate">{null}</Page>
}

import { Page } from '../../ui/page.tsx'

export default function Roots() {
  return <Page title="Roots">{null}</Page>
}

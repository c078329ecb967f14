import { Page } from '../../ui/page.tsx'

export default function Agents() {
  return <Page title="Agents">{null}</Page>
}

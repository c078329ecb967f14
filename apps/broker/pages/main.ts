import { approvalPage } from './approval.ts'
import { approvalsPage } from './approvals.ts'
import { devicePage } from './device.ts'
import { loginPage } from './login.ts'
import { setupPage } from './setup.ts'
import { ssoCallbackPage } from './sso.ts'

/** What each page does, by `data-page` of its body. */
const PAGES: Readonly<Record<string, () => Promise<void>>> = {
  setup: setupPage,
  login: loginPage,
  device: devicePage,
  approvals: approvalsPage,
  approval: approvalPage,
  'sso-callback': ssoCallbackPage,
}

await PAGES[document.body.dataset['page'] ?? '']?.()

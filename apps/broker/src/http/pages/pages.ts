import type { Page } from './shell.ts'

/** Opened by a setup link: `/setup#<code>`. What follows `#` never reaches a server by itself. */
export const SETUP: Page = {
  page: 'setup',
  title: 'Set up your account',
  body: `<section id="begin">
<p>This registers your first passkey. The link works once; if it was used before, and not by you, tell an administrator
now: using it again removes what the first use made.</p>
<form id="setup"><label for="name">A name for this passkey</label>
<input id="name" autocomplete="off" maxlength="60" value="Passkey" required>
<button class="primary" type="submit">Create a passkey</button></form>
</section>
<section id="done" hidden>
<p>You are signed in as <strong id="user"></strong>. These codes let you in once each if you lose your passkeys. They are
not shown again: print them, or keep them where your passkeys are not.</p>
<ol class="codes" id="codes"></ol>
<button class="primary" id="continue" type="button">I have kept them</button>
</section>`,
}

const SSO_BUTTON = '<button id="sso" type="button">Sign in with single sign-on</button>'

export const login = (withSso: boolean): Page => ({
  page: 'login',
  title: 'Sign in',
  body: `<section id="signed-out" hidden>
<button class="primary" id="passkey" type="button">Sign in with a passkey</button>
${withSso ? SSO_BUTTON : ''}
<details><summary>Use a recovery code</summary>
<form id="recovery"><label for="code">Recovery code</label>
<input id="code" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="60" required>
<button type="submit">Register a new passkey with it</button></form></details>
</section>
<section id="signed-in" hidden>
<p>You are signed in as <strong id="user"></strong> <small id="roles"></small></p>
<button id="confirm" type="button">Confirm with a passkey</button>
<button id="sign-out" type="button">Sign out</button>
<h2>Passkeys</h2><ul id="passkeys"></ul>
<button id="add" type="button">Add a passkey</button>
<button id="new-codes" type="button">New recovery codes</button>
<ol class="codes" id="codes" hidden></ol>
<h2>Sessions</h2><ul id="sessions"></ul>
</section>`,
})

/** Where `broker login` sends people: `/device`, without the code, which they type. */
export const DEVICE: Page = {
  page: 'device',
  title: 'Sign a machine in',
  body: `<section id="ask" hidden>
<p>Type the code that <code>broker login</code> shows on the machine before you. If somebody sent it to you, they want to
act as you: close this page.</p>
<form id="find"><label for="user-code">Code</label>
<input id="user-code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" placeholder="XXXX-XXXX" required>
<button class="primary" type="submit">Continue</button></form>
</section>
<section id="confirm" hidden>
<p>Did you start this login, just now, on a machine of yours? Only then approve it.</p>
<p id="elsewhere" role="alert" hidden>It asks from another address than this browser. Be sure that you know why.</p>
<h2>Who asks</h2><ul id="asking"></ul>
<h2>What it gets</h2><ul id="gets"></ul>
<button id="deny" type="button">No, refuse it</button>
<button id="approve" type="button">Yes, sign it in as me</button>
</section>`,
}

/** What waits for people to answer it. */
export const APPROVALS: Page = {
  page: 'approvals',
  title: 'Approvals',
  body: `<p id="none" hidden>Nothing waits for you.</p>
<ul id="waiting"></ul>`,
}

/** One of them: everything in it is put there by the script, as text. */
export const APPROVAL: Page = {
  page: 'approval',
  title: 'Approval',
  body: `<section id="question" hidden>
<p id="left" role="timer"></p>
<dl id="about"></dl>
<h2>What exactly</h2><div id="calls"></div>
<section id="cost"><h2>If it is lost</h2><dl id="loss"></dl></section>
<section id="answer" hidden>
<label for="reason">Reason (whoever asks will read it)</label>
<input id="reason" autocomplete="off" maxlength="500">
<button id="deny" type="button">Deny</button>
<button id="approve" type="button">Approve with a passkey</button>
</section>
</section>`,
}

/** Where the identity provider sends the browser. */
export const SSO_CALLBACK: Page = {
  page: 'sso-callback',
  title: 'Signing in',
  body: '<p id="waiting">One moment …</p>',
}

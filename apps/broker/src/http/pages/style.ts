export const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent);
  --accent: light-dark(#1f5fbf, #8ab4f8); --on-accent: light-dark(#fff, #10151f); --bad: light-dark(#a4161a, #ff8f8f);
  font: 16px/1.55 system-ui, sans-serif; background: light-dark(#f6f7f9, #14171c); color: light-dark(#1b1f24, #e6e8eb) }
* { box-sizing: border-box }
body { margin: 0; padding: 0 1.25rem 4rem }
header { max-width: 34rem; margin: 2rem auto 1rem }
header a { color: inherit; font-weight: 600; text-decoration: none }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1.75rem 1.75rem; border: 1px solid var(--line); border-radius: 12px;
  background: light-dark(#fff, #1c2027) }
h1 { margin: 0 0 .75rem; font-size: 1.35rem }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.05rem }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input { width: 100%; padding: .55rem .7rem; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 8px }
button { margin: .9rem .5rem 0 0; padding: .55rem 1rem; font: inherit; font-weight: 600; cursor: pointer; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 8px }
button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent) }
button:disabled { opacity: .55; cursor: progress }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
[hidden] { display: none }
#problem { padding: .6rem .8rem; border-left: 4px solid var(--bad); background: color-mix(in srgb, var(--bad) 10%, transparent) }
#status { padding: .6rem .8rem; border-left: 4px solid var(--accent) }
ul { padding: 0; list-style: none }
li { display: flex; gap: 1rem; justify-content: space-between; align-items: center; padding: .6rem 0; border-top: 1px solid var(--line) }
li button { margin: 0 }
li small { display: block; opacity: .75 }
ol.codes li { display: list-item; padding: 0; border: 0 }
ol.codes { columns: 2; column-gap: 2.5rem; padding-left: 1.75rem; font: .82rem/2.1 ui-monospace, monospace }
@media (max-width: 30rem) { ol.codes { columns: 1; font-size: 1rem } }
dl { display: grid; grid-template-columns: minmax(7rem, 1fr) 2.5fr; gap: .35rem 1rem; margin: 1rem 0 }
dt { opacity: .75 }
dd { margin: 0; overflow-wrap: anywhere }
dd.bad { color: var(--bad); font-weight: 600 }
dd.claimed { font-style: italic; border-left: 3px dashed var(--line); padding-left: .6rem }
pre { margin: .5rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: 8px; font: .82rem/1.5 ui-monospace, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; max-height: 26rem; overflow-y: auto }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } main { padding: 1.25rem } }
summary { margin-top: 1.5rem; cursor: pointer }
`

import { DIFFERENT, SAME } from "./charts.ts";
import { Html } from "./html.ts";

/** The page's style: light or dark as the reader's system is, one column on a phone. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #22252a; --quiet: #686d76; --line: #dfe0e3; --card: #f5f5f3;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #dddfe3; --quiet: #9297a0; --line: #33363c; --card: #1c1f23; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
p { max-width: 44rem; margin: .5rem 0; }
.quiet, figcaption, small { color: var(--quiet); }
.none { color: var(--quiet); }
.warning { border-left: 3px solid ${DIFFERENT}; padding-left: .75rem; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 500; vertical-align: bottom; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); padding-left: 0; }
tbody th { font-weight: 400; }
@media (max-width: 40rem) {
  tbody th { white-space: normal; min-width: 8rem; }
}
.charts { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.charts > div { min-width: 0; }
svg { display: block; width: 100%; max-width: 34rem; height: auto; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: 0; margin: .5rem 0; font-size: .875rem; }
.legend i { display: inline-block; width: 1.1rem; border-top: .3rem solid; margin-right: .4rem; vertical-align: .2rem; }
.contacts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 29rem), 1fr)); }
.contact { margin: 0; padding: .75rem; background: var(--card); border-radius: 6px; display: grid; grid-template-columns: auto 1fr; gap: .25rem .75rem; align-items: center; }
.contact > * { min-width: 0; }
.contact figcaption { grid-column: 1 / -1; font-size: .8rem; overflow-wrap: anywhere; }
.contact img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: #fff; }
.query { width: clamp(3rem, 16vw, 5rem); }
.nearest { display: grid; grid-template-columns: 1rem repeat(6, 1fr); gap: .2rem; margin: .15rem 0; align-items: center; }
.nearest em { font-style: normal; font-size: .8rem; color: var(--quiet); }
.nearest span { position: relative; border: 3px solid; border-radius: 3px; }
.nearest b { position: absolute; right: 0; bottom: 0; padding: 0 .2rem; font-size: .7rem; line-height: 1.3; color: #fff; }
.nearest .hit { border-color: ${SAME}; } .hit b { background: ${SAME}; }
.nearest .miss { border-color: ${DIFFERENT}; } .miss b { background: ${DIFFERENT}; }
@media (max-width: 40rem) {
  .contact { grid-template-columns: 1fr; }
  .nearest b { font-size: .6rem; }
}
sup { line-height: 0; }
details { margin: .75rem 0; } summary { cursor: pointer; }
pre { overflow-x: auto; padding: .75rem; background: var(--card); border-radius: 6px; font-size: .8rem; }
`);

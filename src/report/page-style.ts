/** The report's style sheet: one column of text, figures side by side where there is room, light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1d2126; --soft: #5b646e; --line: #e2e4e7; --accent: #2f57c4; }
@media (prefers-color-scheme: dark) {
  :root { --page: #121518; --card: #1a1e23; --ink: #e6e9ec; --soft: #9aa4ae; --line: #2e343b; --accent: #8fb0ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 1360px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 28px; }
.brand { display: flex; align-items: center; gap: 8px; color: var(--soft); font-size: 14px; letter-spacing: .02em; }
.brand svg { width: 20px; height: 20px; color: var(--accent); }
h1 { margin: 10px 0 2px; font-size: 30px; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 20px; line-height: 1.3; }
.subtitle { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
nav { margin: 16px 0 0; font-size: 14px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0; padding: 0; list-style: none; }
a { color: var(--accent); text-underline-offset: 3px; }
section { margin: 22px 0; padding: 20px 22px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
section > p { max-width: 72ch; margin: 0 0 14px; }
.summary { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px 24px; margin: 0; }
.summary dt { color: var(--soft); font-size: 13px; }
.summary dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 22px 32px; align-items: flex-start; }
figure { margin: 0; min-width: 0; max-width: 100%; }
figure svg, figure img { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: 6px; max-width: 64ch; color: var(--soft); font-size: 14px; }
.download { margin: 4px 0 0; font-size: 13px; }
.tip { position: fixed; z-index: 9; left: 0; top: 0; max-width: 400px; padding: 6px 10px; border-radius: 6px; background: var(--ink); color: var(--page); font-size: 13px; line-height: 1.4; white-space: pre-line; pointer-events: none; visibility: hidden; }
.tip.shown { visibility: visible; }
figure svg .marked { stroke: var(--ink); stroke-width: 2.5px; }
figure svg .faded { opacity: .07; }
figure svg [data-series] { cursor: pointer; }
figure svg [data-series][aria-checked="false"] { opacity: .35; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
.table { overflow-x: auto; margin-top: 14px; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { padding: 6px 14px; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { font-weight: 600; color: var(--soft); }
th:first-child, td:first-child { padding-left: 0; }
.number { text-align: right; }
footer { padding-bottom: 36px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  section { padding: 16px 14px; }
  figure { overflow-x: auto; }
  figure svg { max-width: none; } /* letters stay readable; the figure scrolls */
}
@media print { section { break-inside: avoid; border: 0; padding: 0; } nav { display: none; } }
`;

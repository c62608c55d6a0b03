// What all pages (pages/) share: a summary in words and tables, then the charts. Everything is
// inlined, so that a page opens from a file, without a network. Charts are there as SVG; with
// scripts they are drawn again to fit the screen, with tooltips (page.js).
import {readFileSync} from 'node:fs';

const beside = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const style = beside('page.css');
const drawing = beside('page.js');

export function escape(text) {
  return String(text).replace(
    /[&<>"']/g,
    (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'})[c],
  );
}

/** `bodyRows` are {cells, head}; a cell is a text or {text, tone}. */
export function table(headings, bodyRows) {
  const head = headings.map((heading) => `<th>${escape(heading)}</th>`).join('');
  const body = bodyRows
    .map(
      (row) =>
        `<tr${row.head ? ' class="head"' : ''}>${row.cells
          .map(
            (cell) =>
              `<td${cell.tone ? ` class="${cell.tone}"` : ''}>${escape(cell.text ?? cell)}</td>`,
          )
          .join('')}</tr>`,
    )
    .join('\n');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

export function faults(result) {
  if (result.faults.length === 0) return '<p class="dim">No faults.</p>';
  const shown = result.faults
    .slice(0, 12)
    .map(
      (fault) =>
        `<li>${escape(fault.label)}: ${escape(fault.what)}, from ${fault.from} s ${fault.to === null ? 'to the end' : `to ${fault.to} s`}</li>`,
    );
  const more = result.faults.length > 12 ? `<li>and ${result.faults.length - 12} more</li>` : '';
  return `<ul>${shown.join('\n')}${more}</ul>`;
}

export function figures(charts) {
  const drawn = charts
    .filter((chart) => chart.spec !== null)
    .map(
      (chart) =>
        `<figure id="${escape(chart.name)}"><div class="chart wide">${chart.svg}</div></figure>`,
    );
  const absent = new Map();
  for (const chart of charts) {
    if (chart.spec !== null || chart.absent === null) continue;
    absent.set(chart.absent, [...(absent.get(chart.absent) ?? []), chart.name]);
  }
  const reasons = [...absent].map(
    ([reason, names]) => `<li>${escape(names.join(', '))}: ${escape(reason)}</li>`,
  );
  return (
    drawn.join('\n') +
    (reasons.length > 0 ? `<h2>Not drawn</h2>\n<ul class="dim">${reasons.join('\n')}</ul>` : '')
  );
}

/** Inside a script element nothing may look like its end. */
const inScript = (text) => text.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');

function scripts(charts, runtime) {
  const specs = Object.fromEntries(
    charts.filter((chart) => chart.spec !== null).map((chart) => [chart.name, chart.spec]),
  );
  return `${runtime.map((source) => `<script>${inScript(source)}</script>`).join('\n')}
<script>
const specs = ${inScript(JSON.stringify(specs))};
${inScript(drawing)}
</script>`;
}

export function page(title, body, charts, runtime) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${scripts(charts, runtime)}
</body>
</html>
`;
}

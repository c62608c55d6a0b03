// The pages: a summary in words and tables, then the charts. Everything is inlined, so that a page opens
// from a file, without a network. Charts are there as SVG; with scripts they are drawn again to fit the
// screen, with tooltips.
import {count, percent, span} from './words.mjs';

export function escape(text) {
  return String(text).replace(
    /[&<>"']/g,
    (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'})[c],
  );
}

const style = `
:root { color-scheme: light; --ink: #1c1c1c; --dim: #5c5c5c; --line: #dddddd; --good: #00704f; --bad: #b34700; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  color: var(--ink); background: #fff; max-width: 900px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; max-width: 46rem; }
.dim { color: var(--dim); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; min-width: 100%; }
th, td { padding: .28rem .5rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; color: var(--dim); vertical-align: bottom; }
tr.head td { font-weight: 600; padding-top: .8rem; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.class { font-size: 1.15rem; font-weight: 600; }
figure { margin: 1.6rem 0; page-break-inside: avoid; break-inside: avoid; }
figure svg { max-width: 100%; height: auto; display: block; }
dl { margin: .4rem 0; } dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; color: var(--dim); }
@media (max-width: 560px) { body { padding: 16px 12px 48px; font-size: 15px; } h1 { font-size: 1.35rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } .wide { overflow: visible; }
  table { font-size: 8.5pt; } th, td { padding: .15rem .4rem; } .no-print, .vega-actions, details.vega { display: none !important; } }
`;

const verdictClass = {valid: 'good', invalid: 'bad'};

const phaseColumns = [
  ['operations', (p) => count(p.operations)],
  ['ok', (p) => percent(p.availability)],
  ['failed', (p) => count(p.failed)],
  ['in doubt', (p) => count(p.unknown)],
  ['p50', (p) => span(p.latency.p50)],
  ['p99', (p) => span(p.latency.p99)],
  ['max', (p) => span(p.latency.max)],
  ['stale reads', (p) => percent(p.stale_fraction)],
  ['lost updates', (p) => count(p.lost_updates)],
];

function table(headings, bodyRows) {
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

function phasesOf(result) {
  const names = result.phases.map((phase) => phase.name);
  return names.length === 1 ? names : [...names, 'all'];
}

function workloadTable(name, workload, result) {
  const bodyRows = phasesOf(result)
    .filter((phase) => workload.phases[phase])
    .map((phase) => ({
      cells: [phase, ...phaseColumns.map(([, figure]) => figure(workload.phases[phase]))],
    }));
  return (
    `<h2>What ${escape(name)} saw of ${escape(workload.target)}</h2>\n` +
    table(['', ...phaseColumns.map(([heading]) => heading)], bodyRows)
  );
}

export function pacelcWord(partition, otherwise) {
  return `P${partition ?? '?'}/E${otherwise ?? '?'}`;
}

function claims(result) {
  return Object.values(result.services)
    .map((service) => pacelcWord(service.claims.partition, service.claims.else))
    .join(', ');
}

function pacelc(result) {
  const {measured} = result;
  return `<h2>PACELC</h2>
<p class="class">measured ${escape(pacelcWord(measured.partition, measured.else))}, claimed ${escape(claims(result))}</p>
${measured.why.map((why) => `<p>${escape(why[0].toUpperCase() + why.slice(1))}.</p>`).join('\n')}`;
}

function checks(result) {
  const entries = Object.entries(result.checks).map(([name, check]) => {
    const more =
      check.violations > 0
        ? ` – ${count(check.violations)} violations, ${count(check.checked)} judged`
        : ` – ${count(check.checked)} judged`;
    const witness =
      check.witness.length > 0 ? `<dd>${escape(check.witness[0].explanation)}</dd>` : '';
    return `<dt>${escape(name.replaceAll('_', ' '))}: <span class="${verdictClass[check.verdict] ?? ''}">${escape(check.verdict)}</span><span class="dim">${escape(more)}</span></dt>${witness}`;
  });
  return `<h2>Checks</h2>\n<dl>${entries.join('\n')}</dl>`;
}

function services(result) {
  return Object.entries(result.services)
    .map(([name, service]) => {
      const {all} = service.phases;
      const facts = [
        `${service.nodes.length} nodes of the model ${service.model}`,
        ...service.notes,
        all.messages_per_operation === null
          ? null
          : `${all.messages_per_operation.toFixed(1)} messages and ${count(all.bytes_per_operation)} bytes per operation`,
        all.leader_changes === null
          ? null
          : `${all.leader_changes} elections, ${span(all.time_without_leader)} without a leader`,
        all.conflicts + all.lost_writes > 0
          ? `${all.conflicts} conflicts, ${all.lost_writes} acknowledged writes lost`
          : null,
        ...service.convergence.after.map(
          (after) =>
            `${after.diverged_keys} keys had diverged when "${after.fault}" ended; ${after.converged_after === null ? 'some never converged' : `all had converged after ${span(after.converged_after)}`}`,
        ),
      ].filter((fact) => fact !== null);
      return `<h2>${escape(name)}</h2>\n<ul>${facts.map((fact) => `<li>${escape(fact)}</li>`).join('')}</ul>`;
    })
    .join('\n');
}

function expectations(result) {
  if (result.expectations.length === 0) return '';
  const items = result.expectations.map(
    (expectation) =>
      `<li><span class="${expectation.met ? 'good' : 'bad'}">${expectation.met ? 'met' : 'not met'}</span> ${escape(expectation.text)} ` +
      `<span class="dim">(${escape(expectation.why ?? `found ${JSON.stringify(expectation.value)}`)})</span></li>`,
  );
  return `<h2>Expectations</h2>\n<ul>${items.join('\n')}</ul>`;
}

function faults(result) {
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

function figures(charts) {
  const drawn = charts
    .filter((chart) => chart.spec !== null)
    .map(
      (chart) =>
        `<figure id="${escape(chart.name)}"><div class="chart">${chart.svg}</div></figure>`,
    );
  const absent = charts
    .filter((chart) => chart.spec === null)
    .map((chart) => `<li>${escape(chart.name)}: ${escape(chart.absent)}</li>`);
  return (
    drawn.join('\n') +
    (absent.length > 0 ? `<h2>Not drawn</h2>\n<ul class="dim">${absent.join('\n')}</ul>` : '')
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
for (const [name, spec] of Object.entries(specs)) {
  const place = document.querySelector('#' + CSS.escape(name) + ' .chart');
  const room = place.clientWidth;
  const narrow = room < 560;
  // Charts whose height follows from their rows keep their own layout.
  if (typeof spec.height !== 'number') continue;
  const fitted = {...spec, width: room, autosize: {type: 'fit-x', contains: 'padding'}};
  if (narrow) {
    const wrap = (lines, width) => lines.join(' ').split(' ').reduce((all, word) => {
      const last = all.length - 1;
      if (last >= 0 && all[last].length + word.length < width) all[last] += ' ' + word; else all.push(word);
      return all;
    }, []);
    fitted.title = {...spec.title, text: wrap(spec.title.text, Math.floor(room / 8.2)), subtitle: wrap(spec.title.subtitle, Math.floor(room / 6.2))};
    fitted.config = {...spec.config, legend: {...spec.config.legend, columns: 2, labelLimit: room / 2 - 50}};
  }
  const before = place.innerHTML;
  vegaEmbed(place, fitted, {renderer: 'svg', actions: false}).catch(() => { place.innerHTML = before; });
}
</script>`;
}

function page(title, body, charts, runtime) {
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

export function runPage(run, charts, runtime) {
  const {result} = run;
  const body = `<h1>${escape(result.scenario)}</h1>
<p>${escape(result.description)}</p>
<p class="dim">faultline ${escape(result.faultline)}, seed ${result.seed}, one trial; ${result.duration} s simulated, the first ${result.warmup} s are not counted.</p>
${faults(result)}
${Object.entries(result.workloads)
  .map(([name, workload]) => workloadTable(name, workload, result))
  .join('\n')}
${pacelc(result)}
${figures(charts)}
${checks(result)}
${services(result)}
${expectations(result)}`;
  return page(result.scenario, body, charts, runtime);
}

const compared = [
  ['answered well', (p) => percent(p.availability)],
  [
    'in the worst region',
    (p) => {
      const shares = Object.values(p.regions ?? {})
        .map((region) => region.availability)
        .filter((share) => share !== null);
      return shares.length > 0 ? percent(Math.min(...shares)) : '–';
    },
  ],
  ['latency p50', (p) => span(p.latency.p50)],
  ['latency p99', (p) => span(p.latency.p99)],
  ['stale reads', (p) => percent(p.stale_fraction)],
  ['lost updates', (p) => count(p.lost_updates)],
];

export function comparisonPage(runs, charts, runtime, links) {
  const names = runs.map((run) => run.result.scenario);
  const [first] = runs;
  const body = Object.keys(first.result.workloads)
    .map((workload) => {
      const bodyRows = phasesOf(first.result).flatMap((phase) => [
        {head: true, cells: [phase, ...names.map(() => '')]},
        ...compared.map(([title, figure]) => ({
          cells: [
            title,
            ...runs.map((run) => {
              const found = run.result.workloads[workload]?.phases[phase];
              return found ? figure(found) : '–';
            }),
          ],
        })),
      ]);
      return `<h2>${escape(workload)}, by phase</h2>\n${table(['', ...names], bodyRows)}`;
    })
    .join('\n');
  const checkRows = Object.keys(first.result.checks).map((name) => ({
    cells: [
      name.replaceAll('_', ' '),
      ...runs.map((run) => {
        const verdict = run.result.checks[name]?.verdict ?? '–';
        return {text: verdict, tone: verdictClass[verdict]};
      }),
    ],
  }));
  const classRows = [
    {cells: ['claimed', ...runs.map((run) => claims(run.result))]},
    {
      head: true,
      cells: [
        'measured',
        ...runs.map((run) => pacelcWord(run.result.measured.partition, run.result.measured.else)),
      ],
    },
  ];
  return page(
    'Comparison',
    `<h1>${names.map(escape).join(' · ')}</h1>
<p class="dim">The same seed (${first.result.seed}) for all, so that all saw the same clients; one trial each. The runs by themselves: ${runs
      .map(
        (run, i) => `<a href="${escape(encodeURI(links[i]))}">${escape(run.result.scenario)}</a>`,
      )
      .join(', ')}.</p>
${faults(first.result)}
<h2>PACELC</h2>
${table(['', ...names], classRows)}
${body}
<h2>Checks</h2>
${table(['', ...names], checkRows)}
${figures(charts)}`,
    charts,
    runtime,
  );
}

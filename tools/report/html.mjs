// The pages: a summary in words and tables, then the charts. Everything is inlined, so that a page
// opens from a file, without a network. Charts are there as SVG; with scripts they are drawn again
// to fit the screen, with tooltips (page.js).
import {readFileSync} from 'node:fs';

import {count, counted, percent, span} from './words.mjs';

const beside = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const style = beside('page.css');
const drawing = beside('page.js');

export function escape(text) {
  return String(text).replace(
    /[&<>"']/g,
    (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'})[c],
  );
}

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
        ? ` – ${counted(check.violations, 'violation')}, ${count(check.checked)} judged`
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
          : `${counted(all.leader_changes, 'election')}, ${span(all.time_without_leader)} without a leader`,
        all.conflicts + all.lost_writes > 0
          ? `${counted(all.conflicts, 'conflict')}, ${counted(all.lost_writes, 'acknowledged write')} lost`
          : null,
        ...service.convergence.after.map(
          (after) =>
            `${counted(after.diverged_keys, 'key')} had diverged when "${after.fault}" ended; ${after.converged_after === null ? 'some never converged' : `all had converged after ${span(after.converged_after)}`}`,
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
        `<figure id="${escape(chart.name)}"><div class="chart wide">${chart.svg}</div></figure>`,
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
${inScript(drawing)}
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

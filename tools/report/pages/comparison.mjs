// The page of several runs, side by side.
import {escape, faults, figures, page, table} from '../html.mjs';
import {count, percent, span} from '../words.mjs';
import {claims, pacelcWord, phasesOf, verdictClass} from './run.mjs';

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

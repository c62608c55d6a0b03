// The page of several scenarios, side by side: a run of each, or many trials and what differs in
// them beyond chance.
import {namesIn, unitOf} from '../charts/differences.mjs';
import {escape, faults, figures, page, table} from '../html.mjs';
import {estimateIn, metricOf, phasesIn} from '../metrics.mjs';
import {count, intervalName, percent, plusMinus, shareOfTrials, span} from '../words.mjs';
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

function singleFigures(runs) {
  const names = runs.map((run) => run.result.scenario);
  const [first] = runs;
  return Object.keys(first.result.workloads)
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
}

function singleChecks(runs) {
  const checkRows = Object.keys(runs[0].result.checks).map((name) => ({
    cells: [
      name.replaceAll('_', ' '),
      ...runs.map((run) => {
        const verdict = run.result.checks[name]?.verdict ?? '–';
        return {text: verdict, tone: verdictClass[verdict]};
      }),
    ],
  }));
  return `<h2>Checks</h2>\n${table(['', ...runs.map((run) => run.result.scenario)], checkRows)}`;
}

/** The first scenario's figures, and by how much those of the others differ. */
function differences(comparison) {
  const names = namesIn(comparison);
  const [first] = comparison.scenarios;
  const paths = [...new Set(comparison.differences.map(({metric}) => metric))];
  const cell = (position, workload, phase, path) => {
    const found = comparison.differences.find(
      (each) =>
        each.position === position &&
        each.workload === workload &&
        each.phase === phase &&
        each.metric === path,
    );
    if (found === undefined) return '–';
    if (found.value === 0 && found.high === 0) return 'same';
    const text = plusMinus(found, unitOf(path), {signs: true});
    return found.differs ? {text: `${text} ★`, tone: 'strong'} : text;
  };
  return Object.entries(first.workloads)
    .map(([workload, figuresOf]) => {
      const bodyRows = phasesIn(figuresOf).flatMap((phase) => [
        {head: true, cells: [phase, ...names.map(() => '')]},
        ...paths.map((path) => ({
          cells: [
            metricOf(path).name,
            plusMinus(estimateIn(figuresOf.phases[phase], path), metricOf(path)),
            ...names.slice(1).map((_, i) => cell(i + 1, workload, phase, path)),
          ],
        })),
      ]);
      return `<h2>${escape(workload)}: differences from ${escape(names[0])}</h2>\n${table(['', ...names], bodyRows)}`;
    })
    .join('\n');
}

function checksHeld(comparison) {
  const known = [...new Set(comparison.scenarios.flatMap(({checks}) => Object.keys(checks)))];
  const rows = known.map((name) => ({
    cells: [
      name.replaceAll('_', ' '),
      ...comparison.scenarios.map(({checks}) =>
        checks[name] ? shareOfTrials(checks[name].held).times : '–',
      ),
    ],
  }));
  return `<h2>Promises: held in so many trials</h2>\n${table(['', ...namesIn(comparison)], rows)}`;
}

/** What may be said of each scenario, and of which nothing. */
function conclusions(comparison) {
  const items = namesIn(comparison)
    .slice(1)
    .map((name, i) => {
      const own = comparison.differences.filter(({position}) => position === i + 1);
      const proven = own.filter(({differs}) => differs).length;
      return proven === 0
        ? `${name}: nothing can be told; none of ${own.length} figures differs beyond chance`
        : `${name}: ${proven} of ${own.length} figures differ beyond chance (★)${proven < own.length ? '; of the others nothing can be told' : ''}`;
    });
  return `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join('\n')}</ul>`;
}

function origin(runs, comparison) {
  const {seed} = runs[0].result;
  if (comparison === null) {
    return `The same seed (${seed}) for all, so that all saw the same clients; one trial each: differences of a few percent may be chance.`;
  }
  const sure = intervalName(comparison.confidence);
  return (
    `Paired differences of ${comparison.trials} trials with the same seeds; ± is half of a ${sure}. ` +
    `All stars together are right with a confidence of ${sure.replace(' interval', '')}, by ${escape(comparison.correction)}'s correction for ${comparison.differences.length} comparisons. ` +
    `PACELC and charts over time are of the first trials, seed ${seed}.`
  );
}

function classes(runs) {
  const names = runs.map((run) => run.result.scenario);
  const rows = [
    {cells: ['claimed', ...runs.map((run) => claims(run.result))]},
    {
      head: true,
      cells: [
        'measured',
        ...runs.map((run) => pacelcWord(run.result.measured.partition, run.result.measured.else)),
      ],
    },
  ];
  return `<h2>PACELC</h2>\n${table(['', ...names], rows)}`;
}

/** `comparison` is of the trials of which `runs` are the first, or null. */
export function comparisonPage(runs, comparison, charts, runtime, links) {
  const names = runs.map((run) => run.result.scenario);
  const reports = runs
    .map(
      (run, i) => `<a href="${escape(encodeURI(links[i]))}">${escape(run.result.scenario)}</a>`,
    )
    .join(', ');
  const body = `<h1>${names.map(escape).join(' · ')}</h1>
<p class="dim">${origin(runs, comparison)} The runs by themselves: ${reports}.</p>
${faults(runs[0].result)}
${comparison ? conclusions(comparison) : ''}
${classes(runs)}
${comparison ? differences(comparison) : singleFigures(runs)}
${comparison ? checksHeld(comparison) : singleChecks(runs)}
${figures(charts)}`;
  return page('Comparison', body, charts, runtime);
}

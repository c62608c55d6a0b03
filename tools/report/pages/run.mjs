// The page of a run; of a run that is the first of several trials, all trials' figures.
import {escape, faults, figures, page, table} from '../html.mjs';
import {estimateIn, metricOf} from '../metrics.mjs';
import {count, counted, listed, percent, plusMinus, span} from '../words.mjs';
import {expectationsTable, promisesTable, seedsOf, workloadTables} from './trials.mjs';

export const verdictClass = {valid: 'good', invalid: 'bad'};

/** With its interval where this one run tells it. */
function sure(sureFigures, path, alone) {
  const estimate = estimateIn(sureFigures, path);
  return estimate === null ? alone : plusMinus(estimate, metricOf(path));
}

const phaseColumns = [
  ['operations', (p) => count(p.operations)],
  ['ok', (p, s) => sure(s, 'availability', percent(p.availability))],
  ['goodput', (p, s) => sure(s, 'goodput', `${count(p.goodput)}/s`)],
  ['failed', (p) => count(p.failed)],
  ['in doubt', (p) => count(p.unknown)],
  ['p50', (p, s) => sure(s, 'latency.p50', span(p.latency.p50))],
  ['p99', (p, s) => sure(s, 'latency.p99', span(p.latency.p99))],
  ['max', (p) => span(p.latency.max)],
  ['stale reads', (p) => percent(p.stale_fraction)],
  ['lost updates', (p) => count(p.lost_updates)],
];

export function phasesOf(result) {
  const names = result.phases.map((phase) => phase.name);
  return names.length === 1 ? names : [...names, 'all'];
}

function workloadTable(name, workload, result) {
  const bodyRows = phasesOf(result)
    .filter((phase) => workload.phases[phase])
    .map((phase) => ({
      cells: [
        phase,
        ...phaseColumns.map(([, figure]) =>
          figure(workload.phases[phase], workload.intervals?.[phase] ?? {}),
        ),
      ],
    }));
  return (
    `<h2>What ${escape(name)} saw of ${escape(workload.target)}</h2>\n` +
    table(['', ...phaseColumns.map(([heading]) => heading)], bodyRows) +
    aboutIntervals(workload)
  );
}

/** What intervals of one run are, and why some figures have none. */
function aboutIntervals(workload) {
  const paths = ['availability', 'goodput', 'latency.p50', 'latency.p99'];
  return Object.values(workload.intervals ?? {})
    .map((figures) => {
      const at = (path) => path.split('.').reduce((found, key) => found?.[key], figures);
      const without = paths.filter((path) => at(path)?.why);
      const known =
        without.length < paths.length
          ? ['± is half of a 95 % interval, from stretches of this run; what chance decides once, at its beginning, only trials show.']
          : [];
      const whys = [...new Set(without.map((path) => at(path).why))].map(
        (why) =>
          `No interval for ${listed(without.filter((path) => at(path).why === why).map((path) => metricOf(path).name))}: ${why}.`,
      );
      return `<p class="dim">${escape([...known, ...whys].join(' '))}</p>`;
    })
    .join('');
}

export function pacelcWord(partition, otherwise) {
  return `P${partition ?? '?'}/E${otherwise ?? '?'}`;
}

export function claims(result) {
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

/** How the warm-up was found, if nobody gave it. */
function foundWarmup(result) {
  const found = result.warmup_detection;
  return found ? ` (found by ${escape(found.method)} in ${found.pilots} pilots)` : '';
}

/** How a run was made: how long, with which seed, how often. */
function origin(result, trials) {
  const how = trials ? seedsOf(trials) : `seed ${result.seed}, one trial`;
  return `faultline ${escape(result.faultline)}, ${escape(how)}; ${result.duration} s simulated, the first ${result.warmup} s are not counted${foundWarmup(result)}.`;
}

function ofOneTrial(run, charts) {
  const {result} = run;
  return `${Object.entries(result.workloads)
    .map(([name, workload]) => workloadTable(name, workload, result))
    .join('\n')}
${pacelc(result)}
${figures(charts)}
${checks(result)}
${services(result)}
${expectations(result)}`;
}

/** All trials together, then what there is of the first one only. */
function ofTrials({result, trials}, charts) {
  return `${workloadTables(trials, result)}
${promisesTable(trials)}
${expectationsTable(trials)}
${figures(charts)}
<h2>The first trial</h2>
<p class="dim">What follows, and every chart over time, is of the first of the ${trials.trials} trials, seed ${result.seed}.</p>
${pacelc(result)}
${checks(result)}
${services(result)}`;
}

export function runPage(run, charts, runtime) {
  const {result} = run;
  const body = `<h1>${escape(result.scenario)}</h1>
<p>${escape(result.description)}</p>
<p class="dim">${origin(result, run.trials)}</p>
${faults(result)}
${run.trials ? ofTrials(run, charts) : ofOneTrial(run, charts)}`;
  return page(result.scenario, body, charts, runtime);
}

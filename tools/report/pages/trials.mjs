// What all trials of a scenario say together: tables whose figures carry their intervals.
import {escape, table} from '../html.mjs';
import {estimateIn, metricOf, phasesIn} from '../metrics.mjs';
import {intervalName, plusMinus, shareOfTrials} from '../words.mjs';

const operations = {unit: '', factor: 1};
const columns = [
  ['ok', 'availability', metricOf('availability')],
  ['goodput', 'goodput', metricOf('goodput')],
  ['failed', 'failed', operations],
  ['in doubt', 'unknown', operations],
  ['p50', 'latency.p50', metricOf('latency.p50')],
  ['p99', 'latency.p99', metricOf('latency.p99')],
  ['stale reads', 'stale_fraction', metricOf('stale_fraction')],
  ['lost updates', 'lost_updates', metricOf('lost_updates')],
];

function workloadTable(name, workload, target) {
  const bodyRows = phasesIn(workload).map((phase) => ({
    cells: [
      phase,
      ...columns.map(([, path, metric]) =>
        plusMinus(estimateIn(workload.phases[phase], path), metric),
      ),
    ],
  }));
  return (
    `<h2>What ${escape(name)} saw of ${escape(target ?? 'its service')}</h2>\n` +
    table(['', ...columns.map(([heading]) => heading)], bodyRows)
  );
}

export function workloadTables(trials, result) {
  return Object.entries(trials.workloads)
    .map(([name, workload]) => workloadTable(name, workload, result.workloads[name]?.target))
    .join('\n');
}

function shareRow(name, share, tone) {
  const {times, interval} = shareOfTrials(share);
  return {cells: [name, {text: times, tone}, interval]};
}

const toneOf = ({value}) => (value === null ? undefined : value === 1 ? 'good' : 'bad');

/** In how many trials each check held. */
export function promisesTable(trials) {
  const rows = Object.entries(trials.checks).map(([name, check]) =>
    shareRow(name.replaceAll('_', ' '), check.held, toneOf(check.held)),
  );
  if (rows.length === 0) return '';
  return `<h2>Promises</h2>\n${table(['', 'held in', intervalName(trials.confidence)], rows)}`;
}

/** In how many trials each expectation was met. */
export function expectationsTable(trials) {
  if (trials.expectations.length === 0) return '';
  const rows = trials.expectations.map(({text, met}) => shareRow(text, met, toneOf(met)));
  return `<h2>Expectations</h2>\n${table(['', 'met in', intervalName(trials.confidence)], rows)}`;
}

export function seedsOf(trials) {
  return `${trials.trials} trials, seed ${trials.seeds?.[0] ?? '?'} and others; ± is half of a ${intervalName(trials.confidence)}`;
}

// What clients saw in each phase, as figures with their intervals over all trials.
import {axisTitle, estimateIn, metricOf, metrics, phasesIn, scaled} from '../metrics.mjs';
import {config, schema, wrapped} from '../theme.mjs';
import {intervalName, plusMinus, span} from '../words.mjs';
import {byShape, intervals, lineOfEach, scaleOf, ticksOf, within} from './intervals.mjs';

/** "bars are 95 % intervals over 20 trials" */
export const overTrials = ({trials, confidence}) =>
  `bars are ${intervalName(confidence)}s over ${trials} trials`;

/** From the least to the largest of {estimate, where}, as a sentence. */
export function fromTo(metric, found) {
  const sorted = [...found].sort((a, b) => a.estimate.value - b.estimate.value);
  if (sorted.length === 0) return metric.subject;
  const said = ({estimate}) => plusMinus(estimate, metric);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (found.length === 1) return `${metric.subject} is ${said(least)}`;
  if (said(least) === said(most)) return `${metric.subject} is ${said(least)} throughout`;
  return `${metric.subject}: from ${said(least)} (${least.where}) to ${said(most)} (${most.where})`;
}

export const spokenPhase = (phase) => (phase === 'all' ? 'on the whole' : phase);

function extremes(workload, phases, path) {
  const found = phases
    .map((phase) => ({
      where: spokenPhase(phase),
      estimate: estimateIn(workload.phases[phase], path),
    }))
    .filter(({estimate}) => estimate !== null);
  return fromTo(metricOf(path), found);
}

/** What is said of an estimate: with its unit when pointed at, without it beside its interval. */
export const texts = (estimate, metric, options = {}) => ({
  text: plusMinus(estimate, metric, options),
  label: plusMinus(estimate, metric, {...options, units: false}),
});

/** The phases by themselves if there are several; "all" if it is the only one. */
const apart = (workload) => {
  const phases = phasesIn(workload);
  return phases.length > 1 ? phases.filter((phase) => phase !== 'all') : phases;
};

const percentiles = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p999', 0.999],
];
const nines = (quantile) => -Math.log10(1 - quantile);
const labelOf = {p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9'};

/** Percentiles of latency of all trials together, a line for each phase. */
export const percentilesByPhase = (trials, name) =>
  percentilesOf(
    trials.workloads[name],
    `all trials together, by percentile and phase; ${overTrials(trials)}`,
  );

/** The same of a single run, as far as it can tell how sure they are. */
export const percentilesOfRun = (result, name) =>
  percentilesOf(
    {phases: result.workloads[name].intervals ?? {}},
    'by percentile, before any fault; bars are 95\u00a0% intervals from stretches of this one run',
  );

function percentilesOf(workload, note) {
  const phases = apart(workload);
  const metric = metrics['latency.p99'];
  const values = phases.flatMap((phase, i) =>
    percentiles.flatMap(([percentile, quantile]) => {
      const estimate = estimateIn(workload.phases[phase], `latency.${percentile}`);
      if (estimate === null) return [];
      return {
        series: phase,
        percentile: labelOf[percentile],
        // Phases stand a little beside each other, so that equal ones can be seen.
        nines: nines(quantile) + (i - (phases.length - 1) / 2) * 0.045,
        text: plusMinus(estimate, metric),
        ...scaled(estimate, metric),
      };
    }),
  );
  if (values.length === 0) return null;
  // One run may tell how sure its median is, and not its 99th percentile.
  const told = values.some(({percentile}) => percentile === 'p99') ? 'latency.p99' : 'latency.p50';
  const scale = scaleOf(values, metric);
  const drawn = within(values, scale);
  const {color, shape} = byShape(phases);
  const x = {
    field: 'nines',
    type: 'quantitative',
    title: 'percentile (each step to the right is one nine more)',
    scale: {domain: [0.1, 3.2], nice: false},
    axis: {
      values: percentiles.map(([, quantile]) => nines(quantile)),
      labelExpr: percentiles.reduceRight(
        (rest, [percentile, quantile]) =>
          `datum.value < ${nines(quantile) + 0.01} ? '${labelOf[percentile]}' : ${rest}`,
        "''",
      ),
    },
  };
  const y = (field) => ({
    field,
    type: 'quantitative',
    title: axisTitle({...metric, name: 'latency'}),
    scale,
    axis: ticksOf(scale),
  });
  const tooltip = [{field: 'series'}, {field: 'percentile'}, {field: 'text', title: 'latency'}];
  return {
    $schema: schema,
    config,
    title: {
      text: wrapped(extremes(workload, phases, told)),
      subtitle: wrapped(
        `latency of operations that went well, ${note}${scale.type === 'log' ? '; logarithmic' : ''}`,
        105,
      ),
    },
    width: 720,
    height: 260,
    layer: [
      ...lineOfEach(drawn, phases, {
        strokeWidth: 1.2,
        opacity: 0.7,
        encoding: {x, y: y('value'), color},
      }),
      {
        data: {values: drawn.filter(({low, high}) => low !== null && high !== null)},
        mark: {type: 'rule', strokeWidth: 2.5},
        encoding: {x, y: y('low'), y2: {field: 'high'}, color, tooltip},
      },
      {
        data: {values: drawn},
        mark: {type: 'point', filled: true, size: 75, opacity: 1},
        encoding: {x, y: y('value'), color, shape, tooltip},
      },
    ],
  };
}

/** How large a share was answered well in each phase, by the clients' region. */
export function availabilityByPhase(trials, name) {
  const workload = trials.workloads[name];
  const phases = apart(workload);
  const metric = metrics.availability;
  const everybody = 'all clients';
  const regions = Object.keys(workload.phases.all.regions ?? {});
  const names = regions.length > 1 && regions.length < 7 ? [everybody, ...regions] : [everybody];
  const values = phases.flatMap((row) =>
    names.flatMap((series) => {
      const path = series === everybody ? [] : ['regions', series];
      const figures = path.reduce((at, key) => at?.[key], workload.phases[row]);
      const estimate = estimateIn(figures, 'availability');
      if (estimate === null) return [];
      return {row, series, text: plusMinus(estimate, metric), ...scaled(estimate, metric)};
    }),
  );
  if (values.length === 0) return null;
  return intervals({
    title: extremes(workload, phases, 'availability'),
    subtitle: `share of operations that were answered well, by phase${names.length > 1 ? " and the clients' region" : ''}; ${overTrials(trials)}`,
    values,
    rows: phases,
    names,
    x: {title: axisTitle(metric), full: metric.full},
    step: 13 * names.length + 14,
  });
}

/** How much was done in each phase, and how much came to nothing. */
export function throughputByPhase(trials, name) {
  const workload = trials.workloads[name];
  const phases = apart(workload);
  const metric = metrics.goodput;
  const named = {goodput: 'answered well', throughput: 'asked for'};
  const names = Object.values(named);
  const values = phases.flatMap((row) =>
    Object.entries(named).flatMap(([path, series]) => {
      const estimate = estimateIn(workload.phases[row], path);
      if (estimate === null) return [];
      return {row, series, ...texts(estimate, metric), ...scaled(estimate, metric)};
    }),
  );
  if (values.length === 0) return null;
  return intervals({
    title: extremes(workload, phases, 'goodput'),
    subtitle: `operations per second, by phase; ${overTrials(trials)}`,
    values,
    rows: phases,
    names,
    x: {title: 'operations per second', axis: {format: '~s'}},
  });
}

const stale = {
  time_mean: 'mean of the stale reads',
  time_max: 'the stalest read',
};

/**
 * How old what stale reads returned was, by phase. `phasesOf` are the phases of a workload in a
 * result or in a summary; figures of a single run have no interval.
 */
export function stalenessInTime(phasesOf, note) {
  const estimate = (figure) =>
    typeof figure === 'number' ? {value: figure, low: null, high: null} : figure;
  const metric = {name: 'staleness', unit: 'ms', factor: 1e3, logarithmic: true};
  const rows = Object.keys(phasesOf).filter((phase, _, every) =>
    every.length === 1 ? true : phase !== 'all',
  );
  const values = rows.flatMap((row) =>
    Object.entries(stale).flatMap(([path, series]) => {
      const found = estimate(phasesOf[row].staleness?.[path] ?? null);
      if (found === null || !(found.value > 0)) return [];
      return {row, series, ...texts(found, metric), ...scaled(found, metric)};
    }),
  );
  if (values.length === 0) return null;
  const worst = values.reduce((a, b) => (b.value > a.value ? b : a));
  const mean = values.find(({row, series}) => row === worst.row && series === stale.time_mean);
  const where = rows.length > 1 ? ` ${worst.row}` : '';
  return intervals({
    title: `What stale reads return is up to ${span(worst.value / 1e3)} old${where}${mean ? `, ${span(mean.value / 1e3)} in the mean` : ''}`,
    subtitle: `for how long what stale reads returned had been out of date when they began, by phase; ${note}`,
    values,
    rows: rows.filter((row) => values.some((value) => value.row === row)),
    names: Object.values(stale),
    x: {title: 'out of date for (ms)', logarithmic: true},
  });
}

// The figures that reports show of workloads: what they are called, in which unit they are drawn,
// and which way is better.

/**
 * `factor` turns what files say (seconds, shares) into `unit`; `full` is what there is at most and
 * hoped for; `subject` and `verb` make sentences:
 * "the 99th percentile of latency is 12 ms".
 */
const latency = (name, subject) => ({
  name,
  subject,
  unit: 'ms',
  factor: 1e3,
  logarithmic: true,
  better: 'less',
});
const share = (name, subject, better) => ({name, subject, unit: '%', factor: 100, better});

export const metrics = {
  availability: {
    ...share('answered well', 'The share that is answered well', 'more'),
    full: 100,
  },
  goodput: {
    name: 'goodput',
    subject: 'Goodput',
    unit: '/s',
    axis: 'goodput (operations per second)',
    factor: 1,
    better: 'more',
  },
  'latency.p50': latency('median latency', 'The median latency'),
  'latency.p99': latency('latency p99', 'The 99th percentile of latency'),
  stale_fraction: share('stale reads', 'The share of stale reads', 'less'),
  lost_updates: {
    name: 'lost updates',
    subject: 'The number of lost updates',
    unit: '',
    factor: 1,
    better: 'less',
  },
};

/** A metric by its dotted path; one that is not listed goes by its path. */
export const metricOf = (path) =>
  metrics[path] ?? {name: path, subject: path, unit: '', factor: 1, better: 'less'};

/** "latency p99 (ms)" */
export const axisTitle = (metric) =>
  metric.axis
    ? metric.axis
    : metric.unit === ''
      ? metric.name
      : `${metric.name} (${metric.unit})`;

/** The estimate of a phase's figure; null if there is none. */
export function estimateIn(figures, path) {
  const found = path.split('.').reduce((at, name) => at?.[name], figures);
  return found && found.value !== null && found.value !== undefined ? found : null;
}

/** The phases of a workload in a summary, without "all" where it says the same as the only one. */
export function phasesIn(workload) {
  const names = Object.keys(workload.phases);
  return names.length === 2 ? names.filter((name) => name !== 'all') : names;
}

/** An estimate in the unit of its metric, for a chart. Bounds that cannot be told are null. */
export function scaled(estimate, {factor}) {
  const times = (value) => (value === null || value === undefined ? null : value * factor);
  return {
    value: times(estimate.value),
    low: times(estimate.low),
    high: times(estimate.high),
    trials: estimate.trials,
  };
}

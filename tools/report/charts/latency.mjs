// Latency over time (what changes when) and as a distribution (how bad the tail is).
import {rows} from '../read.mjs';
import {bySeries, config, schema, wrapped} from '../theme.mjs';
import {faultPhases, span} from '../words.mjs';
import {intervalOf, overTime, placed, withGaps} from './common.mjs';

const shown = {latency_p50: 'median', latency_p99: '99th percentile', latency_max: 'maximum'};

export function latencyOverTime(run, workload) {
  const found = placed(rows(run, 'workload', Object.keys(shown), workload), run, 0.5);
  if (found.length === 0) return null;
  const order = Object.values(shown);
  const values = found
    .map((row) => ({time: row.time, series: shown[row.metric], value: row.value * 1e3}))
    .sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.time - b.time);
  const {phases} = run.result.workloads[workload];
  const first = run.result.phases[0].name;
  const during = faultPhases(run.result)[0];
  const change =
    during && phases[during.name]?.latency.p99 !== null && during.name !== first
      ? `, ${span(phases[during.name]?.latency.p99)} ${during.name}`
      : '';
  return overTime({
    title:
      `Half of the operations take at most ${span(phases.all.latency.p50)}; ` +
      `the 99th percentile is ${span(phases[first]?.latency.p99)} ${first}${change}`,
    subtitle:
      'latency of operations that went well, from when their client wanted to start them; logarithmic',
    result: run.result,
    values: withGaps(values, intervalOf(run)),
    names: order,
    y: {
      title: 'latency (ms)',
      scale: {type: 'log', nice: true},
      axis: {format: '~g', tickCount: 6},
    },
  });
}

const tailLabels = {
  0: '0',
  0.301: 'p50',
  1: 'p90',
  2: 'p99',
  3: 'p99.9',
  4: 'p99.99',
  5: 'p99.999',
};

/** x is the number of nines, -log10(1 - quantile), so that the tail has room. */
export function latencyDistribution(run, workload) {
  const distributions = run.result.workloads[workload].latency_distribution ?? {};
  const names = Object.keys(distributions).filter(
    (name) => name !== 'all' && distributions[name].length > 0,
  );
  const values = names
    .flatMap((series) =>
      distributions[series].map(([quantile, seconds], index, points) => ({
        series,
        quantile,
        // The maximum stands where its rank would, a little beyond the last quantile.
        nines:
          quantile < 1
            ? -Math.log10(1 - quantile)
            : -Math.log10(1 - (points[index - 1]?.[0] ?? 0)) + 0.3,
        value: seconds * 1e3,
      })),
    )
    .filter((value) => value.value > 0);
  if (values.length === 0) return null;
  const all = run.result.workloads[workload].phases.all.latency;
  const farthest = Math.max(...values.map((value) => value.nines));
  const ticks = Object.keys(tailLabels)
    .map(Number)
    .filter((tick) => tick <= farthest + 0.01);
  return {
    $schema: schema,
    config,
    title: {
      text: wrapped(
        `One operation in a hundred takes longer than ${span(all.p99)}, one in a thousand longer than ${span(all.p999)}`,
      ),
      subtitle: wrapped(
        'latency by percentile over the whole run, after the warm-up; each line ends with its maximum',
        105,
      ),
    },
    width: 720,
    height: 260,
    data: {values},
    mark: {type: 'line', interpolate: 'monotone'},
    encoding: {
      x: {
        field: 'nines',
        type: 'quantitative',
        title: 'percentile (each step to the right is one nine more)',
        scale: {domain: [0, farthest], nice: false},
        axis: {
          values: ticks,
          labelExpr: `(${JSON.stringify(Object.fromEntries(ticks.map((t) => [String(t), tailLabels[t]])))})[toString(datum.value)]`,
        },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: 'latency (ms)',
        scale: {type: 'log', nice: true},
        axis: {format: '~g', tickCount: 6},
      },
      ...bySeries(names),
      tooltip: [
        {field: 'series'},
        {field: 'quantile', format: '.5~g'},
        {field: 'value', title: 'latency (ms)', format: '.4~g'},
      ],
    },
  };
}

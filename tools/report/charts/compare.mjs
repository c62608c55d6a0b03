// Several runs in one picture.
import {rows} from '../read.mjs';
import {bySeries, config, schema, wrapped} from '../theme.mjs';
import {percent, span} from '../words.mjs';
import {intervalOf, overTime, withGaps} from './common.mjs';

/** One metric of one workload, a line for each run. */
function overlaid(runs, workload, metric, options) {
  const values = runs.flatMap((run) =>
    withGaps(
      rows(run, 'workload', [metric], workload).map((row) => ({
        time: row.time,
        series: run.result.scenario,
        value: row.value * (options.factor ?? 1),
      })),
      intervalOf(run),
    ),
  );
  if (values.length === 0) return null;
  return overTime({
    ...options,
    result: runs[0].result,
    values,
    names: runs.map((run) => run.result.scenario),
  });
}

const ranked = (runs, figure) =>
  runs
    .map((run) => ({name: run.result.scenario, value: figure(run.result)}))
    .filter((entry) => typeof entry.value === 'number')
    .sort((a, b) => b.value - a.value);

export function compareAvailability(runs, workload) {
  const entries = ranked(runs, (result) => result.measured.worst_region_availability);
  const title =
    entries.length > 1
      ? `During the partition ${entries[0].name} serves its worst region ${percent(entries[0].value)} of the time, ${entries.at(-1).name} ${percent(entries.at(-1).value)}`
      : `Operations of ${workload} that went well`;
  return overlaid(runs, workload, 'availability', {
    title,
    subtitle: 'share of all operations begun in each interval that were answered well',
    y: {title: 'answered well', axis: {format: '.0%'}, scale: {domain: [0, 1]}},
    tooltipFormat: '.1%',
  });
}

export function compareLatency(runs, workload) {
  const entries = ranked(runs, (result) => result.measured.median_latency_otherwise);
  const title =
    entries.length > 1
      ? `Without a partition ${entries[0].name} takes ${span(entries[0].value)} in the median, ${entries.at(-1).name} ${span(entries.at(-1).value)}`
      : `Median latency of ${workload}`;
  return overlaid(runs, workload, 'latency_p50', {
    title,
    subtitle: 'median latency of operations that went well; logarithmic',
    factor: 1e3,
    y: {
      title: 'median latency (ms)',
      scale: {type: 'log', nice: true},
      axis: {format: '~g', tickCount: 6},
    },
  });
}

export function compareStaleness(runs, workload) {
  const entries = ranked(runs, (result) => result.measured.stale_fraction_during);
  const title =
    entries.length > 1
      ? `During the partition ${percent(entries[0].value)} of ${entries[0].name}'s reads are stale, ${percent(entries.at(-1).value)} of ${entries.at(-1).name}'s`
      : `Stale reads of ${workload}`;
  return overlaid(runs, workload, 'stale_fraction', {
    title,
    subtitle:
      'share of reads that returned something older than what was certainly there when they began',
    y: {title: 'stale reads', axis: {format: '~%'}, scale: {domainMin: 0}},
    tooltipFormat: '.2%',
  });
}

/** Where the runs stand in PACELC: a picture for P and one for E. */
function map(runs, {title, subtitle, x, y, point}) {
  const values = runs
    .map((run) => ({series: run.result.scenario, ...point(run.result)}))
    .filter((value) => typeof value.x === 'number' && typeof value.y === 'number');
  if (values.length === 0) return null;
  // Runs on one spot share a label, so that names do not lie on top of each other.
  const spots = new Map();
  for (const value of values) {
    const spot = `${value.x.toFixed(2)} ${y.scale?.type === 'log' ? Math.round(Math.log10(value.y) * 4) : value.y.toFixed(1)}`;
    spots.set(spot, [...(spots.get(spot) ?? []), value]);
  }
  const middle = (x.scale.domain[0] + x.scale.domain[1]) / 2;
  const labels = [...spots.values()].map((group) => ({
    x: group[0].x,
    y: group[0].y,
    text: group.map((value) => value.series),
    right: group[0].x > middle,
  }));
  const names = values.map((value) => value.series);
  return {
    $schema: schema,
    config,
    title: {text: wrapped(title), subtitle: wrapped(subtitle, 105)},
    width: 720,
    height: 280,
    layer: [
      {
        data: {values},
        mark: {type: 'point', filled: true, size: 180, opacity: 0.85},
        encoding: {
          x: {field: 'x', type: 'quantitative', ...x},
          y: {field: 'y', type: 'quantitative', ...y},
          color: {...bySeries(names).color, legend: null},
          shape: {field: 'series', type: 'nominal', scale: {domain: names}, legend: null},
          tooltip: [
            {field: 'series'},
            {field: 'x', title: x.title, format: '.4~g'},
            {field: 'y', title: y.title, format: '.4~g'},
          ],
        },
      },
      ...[false, true].map((right) => ({
        data: {values: labels.filter((label) => label.right === right)},
        mark: {
          type: 'text',
          align: right ? 'right' : 'left',
          baseline: 'middle',
          dx: right ? -14 : 14,
          fontSize: 12,
          lineHeight: 15,
        },
        encoding: {
          x: {field: 'x', type: 'quantitative'},
          y: {field: 'y', type: 'quantitative'},
          text: {field: 'text'},
        },
      })),
    ],
  };
}

export function pacelcPartition(runs) {
  return map(runs, {
    title: 'If there is a partition: available, or consistent?',
    subtitle:
      'up: the worst-served region goes on being answered (A); right: no read is stale (C). The upper right corner is what the theorem forbids',
    x: {
      title: 'reads that were not stale during the partition',
      axis: {format: '.0%'},
      scale: {domain: [0, 1.02], nice: false, clamp: true},
    },
    y: {
      title: 'answered well in the worst region',
      axis: {format: '.0%'},
      scale: {domain: [-0.05, 1.05], nice: false},
    },
    point: (result) => ({
      x: result.measured.partition === null ? null : 1 - result.measured.stale_fraction_during,
      y: result.measured.worst_region_availability,
    }),
  });
}

export function pacelcElse(runs) {
  const fresh = (result) => 1 - result.measured.stale_fraction_otherwise;
  const least = Math.min(...runs.map((run) => fresh(run.result)));
  const room = Math.max(0.002, (1 - least) * 0.15);
  return map(runs, {
    title: 'Else: low latency, or consistent?',
    subtitle:
      'down: the median operation is fast (L); right: no read is stale (C). Logarithmic latency',
    x: {
      title: 'reads that were not stale without a partition',
      axis: {format: '.1%'},
      scale: {domain: [least - room, 1 + room / 2], nice: false},
    },
    y: {
      title: 'median latency without a partition (ms)',
      scale: {type: 'log', nice: true},
      axis: {format: '~g', tickCount: 6},
    },
    point: (result) => ({x: fresh(result), y: result.measured.median_latency_otherwise * 1e3}),
  });
}

// Several runs in one picture.
import {rows} from '../read.mjs';
import {config, palette, schema, shapes, wrapped} from '../theme.mjs';
import {percent, span} from '../words.mjs';
import {intervalOf, overTime, placed, withGaps} from './common.mjs';

/** The metric of a workload over time. */
const ofWorkload = (workload, metric) => (run) => rows(run, 'workload', [metric], workload);

/** In each interval, the availability of the workload's region that is worst off. */
const ofWorstRegion = (workload) => (run) => {
  const least = new Map();
  for (const row of rows(run, 'region', ['availability'])) {
    if (!row.name.startsWith(`${workload}@`)) continue;
    least.set(row.time, Math.min(row.value, least.get(row.time) ?? 1));
  }
  return [...least].sort(([a], [b]) => a - b).map(([time, value]) => ({time, value}));
};

/** One figure of one workload, a line for each run; `find` gives a run's rows. */
function overlaid(runs, find, options) {
  const values = runs.flatMap((run) =>
    withGaps(
      placed(find(run), run, 0.5).map((row) => ({
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
      ? `During the partition ${entries[0].name} answers ${percent(entries[0].value)} in the worst region, ${entries.at(-1).name} ${percent(entries.at(-1).value)}`
      : `Operations of ${workload} that went well`;
  return overlaid(runs, ofWorstRegion(workload), {
    title,
    subtitle:
      'share of the operations begun in each interval that were answered well, in the region that is worst off',
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
  return overlaid(runs, ofWorkload(workload, 'latency_p50'), {
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
  return overlaid(runs, ofWorkload(workload, 'stale_fraction'), {
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
  const names = values.map((value) => value.series);
  const byRun = (range) => ({
    field: 'series',
    type: 'nominal',
    sort: null,
    scale: {domain: names, range: names.map((_, i) => range[i % range.length])},
  });
  return {
    $schema: schema,
    config,
    title: {text: wrapped(title), subtitle: wrapped(subtitle, 105)},
    width: 720,
    height: 280,
    layer: [
      {
        data: {values},
        // Outlines of different shapes show each other where runs stand on one spot.
        mark: {type: 'point', filled: false, size: 200, strokeWidth: 2.5, opacity: 1},
        encoding: {
          x: {field: 'x', type: 'quantitative', ...x},
          y: {field: 'y', type: 'quantitative', ...y},
          color: byRun(palette),
          shape: byRun(shapes),
          tooltip: [
            {field: 'series'},
            {field: 'x', title: x.title, format: '.4~g'},
            {field: 'y', title: y.title, format: '.4~g'},
          ],
        },
      },
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

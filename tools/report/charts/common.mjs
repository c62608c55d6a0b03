// What charts over time share: the shaded faults, the axis of time, the frame of a specification.
import {bySeries, config, faultShade, schema, wrapped} from '../theme.mjs';

/** The faults as shaded stretches with their names above; at most `end`. */
export function faultLayers(faults, end) {
  const values = faults
    .map((fault) => ({label: fault.label, from: fault.from, to: Math.min(fault.to ?? end, end)}))
    .filter((fault) => fault.from < end);
  if (values.length === 0) return [];
  const data = {values};
  const layers = [
    {
      data,
      mark: {type: 'rect', color: faultShade, opacity: 0.18},
      encoding: {
        x: {field: 'from', type: 'quantitative'},
        x2: {field: 'to'},
        tooltip: [
          {field: 'label', title: 'fault'},
          {field: 'from', title: 'from (s)'},
          {field: 'to', title: 'to (s)'},
        ],
      },
    },
  ];
  if (values.length <= 6) {
    layers.push({
      data,
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dx: 1,
        dy: -2,
        fontSize: 11,
        color: '#444444',
        y: 0,
      },
      encoding: {x: {field: 'from', type: 'quantitative'}, text: {field: 'label'}},
    });
  }
  return layers;
}

/**
 * A line chart over the time of the run. `values` are {time, series, value}; `names` their series in order;
 * `y` the encoding of the value.
 */
export function overTime({
  title,
  subtitle,
  result,
  values,
  names,
  y,
  tooltipFormat = '.4~g',
  mark = {},
}) {
  const end = result.duration;
  return {
    $schema: schema,
    config,
    title: {text: wrapped(title), subtitle: wrapped(subtitle, 105)},
    width: 720,
    height: 240,
    layer: [
      ...faultLayers(result.faults, end),
      {
        data: {values},
        mark: {type: 'line', interpolate: 'monotone', ...mark},
        encoding: {
          x: {
            field: 'time',
            type: 'quantitative',
            title: 'time in the run (s)',
            scale: {domain: [0, end], nice: false},
          },
          y: {field: 'value', type: 'quantitative', ...y},
          ...bySeries(names),
          tooltip: [
            {field: 'series'},
            {field: 'time', title: 'time (s)'},
            {field: 'value', title: y.title, format: tooltipFormat},
          ],
        },
      },
    ],
  };
}

/** Breaks a line where nothing was measured: an interval without a value gets a null. */
export function withGaps(values, interval) {
  const result = [];
  let last = null;
  for (const value of values) {
    if (
      last !== null &&
      last.series === value.series &&
      value.time - last.time > 1.5 * interval
    ) {
      result.push({...value, time: last.time + interval, value: null});
    }
    result.push(value);
    last = value;
  }
  return result;
}

/**
 * Rows moved to where in their interval they belong, from 0 (its start, where they are noted) to 1:
 * what was counted stands for the middle, what was sampled for the end.
 */
export function placed(found, run, share) {
  const shift = share * intervalOf(run);
  return found.map((row) => ({...row, time: row.time + shift}));
}

/** The interval of a run's time series. */
export function intervalOf(run) {
  const times = [...new Set(run.series.map((row) => row.time))].sort((a, b) => a - b);
  return times.length > 1 ? times[1] - times[0] : 1;
}

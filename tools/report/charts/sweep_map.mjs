// A figure over two parameters: a heat map, darker where it is more; of points that have values of
// their own each, a map of dots.
import {axisTitle, scaled} from '../metrics.mjs';
import {
  byInfluence,
  donePoints,
  estimateOf,
  heldAt,
  isNumeric,
  levels,
  numberOf,
  slice,
  spoken,
  valueAt,
  written,
} from '../sweep.mjs';
import {config, schema, sequential, wrapped} from '../theme.mjs';
import {intervalName, plusMinus} from '../words.mjs';
import {scaleOf} from './intervals.mjs';
import {fromTo, spokenPhase} from './phases.mjs';
import {parameterAxis} from './sweep_lines.mjs';

/** From light to dark, logarithmic where the figures span much. */
export function shades(values, metric, title) {
  const {type} = scaleOf(values, metric);
  const positive = values.every(({value}) => value > 0);
  const log = type === 'log' && positive;
  const numbers = values.map(({value}) => value);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const share = log
    ? (value) => Math.log(value / least) / Math.log(most / least || 2)
    : (value) => (value - least) / (most - least || 1);
  return {
    share,
    color: {
      field: 'value',
      type: 'quantitative',
      scale: {
        type: log ? 'log' : 'linear',
        domain: [least, most],
        range: sequential,
        nice: false,
      },
      legend: {title, gradientLength: 220, titleFontSize: 12, titleLimit: 300, tickCount: 4},
    },
  };
}

/** A number over half of its interval, as a cell of a heat map has them. */
function stacked(estimate, metric) {
  const [value, half] = plusMinus(estimate, metric, {units: false}).split(/\u00a0(?=±)/);
  return half === undefined ? value : `${value}\n${half}`;
}

function cellsOf(sweep, subject, [across, up], points) {
  return points.flatMap((point) => {
    const estimate = estimateOf(point, subject);
    if (estimate === null) return [];
    const [x, y] = [across, up].map((parameter) => valueAt(sweep, point, parameter));
    return {
      x: written(x),
      y: written(y),
      xNumber: numberOf(across, x),
      yNumber: numberOf(up, y),
      point: spoken(sweep, point),
      where: spoken(sweep, point, [across, up]),
      text: plusMinus(estimate, subject.metric),
      cell: stacked(estimate, subject.metric),
      estimate,
      ...scaled(estimate, subject.metric),
    };
  });
}

const whyEmpty = {done: 'no figure', failed: 'failed', open: 'not run'};

/** Points that failed, and those whose figure there is not, at the same two parameters. */
function emptyCells(sweep, [across, up], cells) {
  const known = new Set(cells.map(({x, y}) => JSON.stringify([x, y])));
  const empty = new Map();
  for (const point of sweep.points) {
    const [x, y] = [across, up].map((parameter) => written(valueAt(sweep, point, parameter)));
    const at = JSON.stringify([x, y]);
    if (known.has(at)) continue;
    empty.set(at, {x, y, cell: whyEmpty[point.status]});
  }
  return [...empty.values()];
}

/** A chart of one subject (see sweep.mjs), or null if it depends on fewer than two parameters. */
export function sweepMap(sweep, subject) {
  if (sweep.plan === 'one_at_a_time') return null;
  const pair = byInfluence(sweep, subject).slice(0, 2);
  if (pair.length < 2) return null;
  const cloud = sweep.plan === 'latin_hypercube';
  const [across, up] = pair;
  const cells = cellsOf(sweep, subject, pair, cloud ? donePoints(sweep) : slice(sweep, pair));
  if (cells.length < 3) return null;
  if (cloud && !pair.every((parameter) => isNumeric(sweep, parameter))) return null;
  const held = heldAt(sweep, pair);
  const {share, color} = shades(cells, subject.metric, axisTitle(subject.metric));
  const spread =
    sweep.trials > 1
      ? `; ± is half of the ${intervalName(sweep.confidence)} over ${sweep.trials} trials`
      : '';
  const title = {
    text: wrapped(fromTo(subject.metric, cells)),
    subtitle: wrapped(
      `${subject.metric.name} ${spokenPhase(subject.phase)}, by ${across.name} and ${up.name}${held === '' ? '' : `; with ${held}`}; the darker, the more${spread}`,
      105,
    ),
  };
  const data = cells.map(({estimate, ...cell}) => ({...cell, dark: share(cell.value) > 0.5}));
  const frame = {$schema: schema, config, title, width: 720};
  const tooltip = [
    {field: 'point', title: 'at'},
    {field: 'text', title: subject.metric.name},
  ];
  if (cloud) return {...frame, ...dots(sweep, pair, data, color, tooltip)};
  return {
    ...frame,
    ...heat(sweep, pair, data, emptyCells(sweep, pair, cells), color, tooltip),
  };
}

function dots(sweep, [across, up], data, color, tooltip) {
  return {
    height: 320,
    layer: [
      {
        data: {values: data},
        mark: {type: 'point', filled: true, size: 220, opacity: 1, stroke: '#333333'},
        encoding: {
          x: {field: 'xNumber', ...parameterAxis(sweep, across)},
          y: {field: 'yNumber', ...parameterAxis(sweep, up)},
          fill: color,
          tooltip,
        },
      },
    ],
  };
}

function heat(sweep, [across, up], data, empty, color, tooltip) {
  const every = [...data, ...empty];
  const present = (parameter, field) => {
    const tried = levels(sweep, parameter, sweep.points).map(written);
    return tried.filter((value) => every.some((cell) => cell[field] === value));
  };
  const columns = present(across, 'x');
  const rows = present(up, 'y').reverse();
  const x = {
    field: 'x',
    type: 'nominal',
    sort: null,
    title: across.name,
    scale: {domain: columns, padding: 0.03},
    axis: {labelAngle: 0, tickSize: 0, domain: false, labelOverlap: true},
  };
  const y = {
    field: 'y',
    type: 'nominal',
    sort: null,
    title: up.name,
    scale: {domain: rows, padding: 0.03},
    axis: {tickSize: 0, domain: false},
  };
  const words = (values, color) => ({
    data: {values},
    mark: {type: 'text', fontSize: 11, lineBreak: '\n', lineHeight: 13, dy: -5, color},
    encoding: {x, y, text: {field: 'cell'}},
  });
  const few = columns.length <= 8;
  return {
    height: rows.length * (few ? 44 : 28),
    layer: [
      {
        data: {values: data},
        mark: {type: 'rect'},
        encoding: {x, y, color, tooltip},
      },
      ...(few
        ? [
            words(
              data.filter(({dark}) => dark),
              '#ffffff',
            ),
            words(
              data.filter(({dark}) => !dark),
              '#1c1c1c',
            ),
          ]
        : []),
      words(empty, '#6b6b6b'),
    ].filter(({data: {values}}) => values.length > 0),
  };
}

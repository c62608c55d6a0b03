// What can be had together: latency against stale reads and availability. Marked are the points
// that no other beats; to have more of one there, something else has to be given up.
import {axisTitle, metricOf, scaled} from '../metrics.mjs';
import {
  donePoints,
  estimateOf,
  paretoFront,
  same,
  spoken,
  valueAt,
  varies,
  written,
} from '../sweep.mjs';
import {config, palette, schema, wrapped} from '../theme.mjs';
import {counted, listed, plusMinus} from '../words.mjs';
import {scaleOf, ticksOf, within} from './intervals.mjs';
import {overTrials, spokenPhase} from './phases.mjs';
import {shades} from './sweep_map.mjs';

const paths = ['latency.p99', 'stale_fraction', 'availability'];

/** The picture in which labels are given room: narrower than it is, for the sake of phones. */
const picture = {width: 430, height: 340, letter: 6.2, line: 14};

/** The figures that are weighed: of the three those that differ between points. */
export function objectives(sweep, workload, phase) {
  return paths
    .map((path) => ({workload, phase, path, metric: metricOf(path)}))
    .filter((subject) => varies(sweep, subject));
}

/** The points that have every one of the figures, each with whether it is on the front. */
export function judged(sweep, weighed) {
  const points = donePoints(sweep);
  const rows = points.map((point) =>
    weighed.map((subject) => estimateOf(point, subject)?.value ?? null),
  );
  const front = paretoFront(
    rows,
    weighed.map(({metric}) => metric.better),
  );
  return points
    .map((point, i) => ({point, front: front[i]}))
    .filter(({front: found}) => found !== null);
}

/** The values of a point; where one parameter is varied at a time, that one. */
function labelOf(sweep, point) {
  const values = (parameters) => parameters.map((each) => written(valueAt(sweep, point, each)));
  if (sweep.plan !== 'one_at_a_time') return values(sweep.parameters).join(', ');
  const changed = sweep.parameters.filter(
    (each) => !same(valueAt(sweep, point, each), sweep.base[each.pointer]),
  );
  return changed.length === 0 ? 'as it is' : spoken(sweep, point, changed);
}

function valuesOf(sweep, weighed) {
  return judged(sweep, weighed).map(({point, front}) => {
    const [x, y, third] = weighed.map((subject) => estimateOf(point, subject));
    const [xOf, yOf] = weighed.map(({metric}, i) => scaled([x, y][i] ?? x, metric));
    const told = (estimate, i) => plusMinus(estimate, weighed[i].metric);
    return {
      front,
      point: spoken(sweep, point),
      label: labelOf(sweep, point),
      x: xOf.value,
      xLow: xOf.low,
      xHigh: xOf.high,
      y: yOf.value,
      yLow: yOf.low,
      yHigh: yOf.high,
      value: third ? third.value * weighed[2].metric.factor : null,
      figures: [x, y, third].flatMap((each, i) => (each ? told(each, i) : [])).join('; '),
    };
  });
}

/** On a logarithmic axis what is 0 stands at its edge: it must not vanish from the picture. */
function placed(values, name, metric) {
  const estimates = values.map((each) => ({
    value: each[name],
    low: each[`${name}Low`],
    high: each[`${name}High`],
  }));
  const zero = estimates.some(({value}) => value <= 0);
  const scale = scaleOf(estimates, {...metric, logarithmic: metric.logarithmic && !zero});
  const drawn = within(
    values.map((each) => ({
      ...each,
      value: each[name],
      low: each[`${name}Low`],
      kept: each.value,
    })),
    scale,
  );
  return {
    scale,
    values: drawn.map(({low, kept, ...each}) => ({...each, [`${name}Low`]: low, value: kept})),
  };
}

/** Where on the picture a number of an axis is, from 0 to 1. */
function placeOn(values, name, {type}) {
  const at = type === 'log' ? Math.log : (number) => number;
  const numbers = values.map((each) => at(each[name]));
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)];
  return (each) => (at(each[name]) - from) / (to - from || 1);
}

/** On which sides of its point a label may stand. */
const sides = [
  {align: 'left', dx: 9, dy: -8},
  {align: 'left', dx: 9, dy: 10},
  {align: 'right', dx: -9, dy: -8},
  {align: 'right', dx: -9, dy: 10},
];

/** The labels that have room, each on a side where it covers neither another nor a point. */
function labelled(front, values, scales) {
  const [x, y] = ['x', 'y'].map((name) => placeOn(values, name, scales[name]));
  const spot = (each) => ({
    left: x(each) * picture.width,
    top: (1 - y(each)) * picture.height,
  });
  const boxed = (each, {align, dx, dy}) => {
    const {left, top} = spot(each);
    const long = each.label.length * picture.letter;
    const from = align === 'left' ? left + dx : left + dx - long;
    return {from, to: from + long, top: top + dy - picture.line / 2};
  };
  const apart = (a, b) =>
    a.to < b.from || b.to < a.from || Math.abs(a.top - b.top) >= picture.line;
  const points = values.map((each) => {
    const {left, top} = spot(each);
    return {from: left - 5, to: left + 5, top: top - picture.line / 2};
  });
  const taken = [...points];
  const seen = new Map();
  for (const each of front) {
    const at = JSON.stringify([each.x, each.y]);
    seen.set(at, {...(seen.get(at) ?? each), more: (seen.get(at)?.more ?? -1) + 1});
  }
  return [...seen.values()]
    .sort((a, b) => a.x - b.x || a.y - b.y)
    .flatMap((each) => {
      const label = each.more > 0 ? `${each.label} and ${each.more} more` : each.label;
      const named = {...each, label};
      const side = sides.find((candidate) => {
        const box = boxed(named, candidate);
        const inside =
          box.from >= -30 && box.to <= picture.width + 30 && box.top < picture.height - 8;
        return inside && taken.every((other) => apart(box, other));
      });
      if (side === undefined) return [];
      taken.push(boxed(named, side));
      return {...named, side: sides.indexOf(side)};
    });
}

export function pareto(sweep, workload, phase) {
  const weighed = objectives(sweep, workload, phase);
  if (weighed.length < 2) return null;
  const found = valuesOf(sweep, weighed);
  if (found.length < 2) return null;
  const [xMetric, yMetric, third] = weighed.map(({metric}) => metric);
  const x = placed(found, 'x', xMetric);
  const y = placed(x.values, 'y', yMetric);
  const {values} = y;
  const front = values.filter((each) => each.front);
  const labels = labelled(front, values, {x: x.scale, y: y.scale});
  const missing = sweep.points.length - values.length;
  const order =
    sweep.plan === 'one_at_a_time'
      ? 'what is not as in the scenario'
      : sweep.parameters.map(({name}) => name).join(', ');
  const position = (name, axis, metric) => (suffix) => ({
    field: `${name}${suffix}`,
    type: 'quantitative',
    title: axisTitle(metric),
    scale: axis.scale,
    axis: {...ticksOf(axis.scale), labelOverlap: true},
  });
  const xAt = position('x', x, xMetric);
  const yAt = position('y', y, yMetric);
  const tooltip = [
    {field: 'point', title: 'at'},
    {field: 'figures', title: listed(weighed.map(({metric}) => metric.name))},
  ];
  const fill = third
    ? {fill: shades(values, third, axisTitle(third)).color}
    : {fill: {value: palette[0]}};
  const told = (low, high) => values.filter((each) => each[low] !== null && each[high] !== null);
  const bar = {type: 'rule', color: '#8a8a8a', strokeWidth: 1, clip: true};
  const layers = [
    {
      data: {values: told('xLow', 'xHigh')},
      mark: bar,
      encoding: {x: xAt('Low'), x2: {field: 'xHigh'}, y: yAt('')},
    },
    {
      data: {values: told('yLow', 'yHigh')},
      mark: bar,
      encoding: {x: xAt(''), y: yAt('Low'), y2: {field: 'yHigh'}},
    },
    {
      data: {values: values.filter((each) => !each.front)},
      mark: {type: 'point', size: 55, strokeWidth: 1.2, stroke: '#8a8a8a', opacity: 1},
      encoding: {x: xAt(''), y: yAt(''), ...(third ? fill : {fill: {value: '#ffffff'}}), tooltip},
    },
    ...(third ? [] : [staircase(front, yMetric, xAt, yAt)]),
    {
      data: {values: front},
      mark: {
        type: 'point',
        shape: 'diamond',
        size: 170,
        strokeWidth: 1.8,
        stroke: '#000000',
        opacity: 1,
      },
      encoding: {x: xAt(''), y: yAt(''), ...fill, tooltip},
    },
    ...sides.map((side, i) => ({
      data: {values: labels.filter((each) => each.side === i)},
      mark: {type: 'text', ...side, fontSize: 11, color: '#333333'},
      encoding: {x: xAt(''), y: yAt(''), text: {field: 'label'}},
    })),
  ];
  return {
    $schema: schema,
    config,
    title: {
      text: wrapped(titleOf(weighed, front, values)),
      subtitle: wrapped(
        `${listed(weighed.map(({metric}) => metric.name))} ${spokenPhase(phase)}; diamonds are beaten by no other point, beside them ${order}; ` +
          (sweep.trials > 1
            ? `${overTrials(sweep)}; where they overlap, chance may have decided`
            : 'one trial a point') +
          (missing > 0 ? `; ${missing} without all of the figures left out` : ''),
        105,
      ),
    },
    width: 720,
    height: 340,
    layer: layers.filter(({data}) => data.values.length > 0),
  };
}

/** Between neighbours of the front nothing better was found than the worse of both. */
function staircase(front, yMetric, xAt, yAt) {
  const better = yMetric.better === 'less' ? 'step-after' : 'step-before';
  return {
    data: {values: [...front].sort((a, b) => a.x - b.x || a.y - b.y)},
    mark: {type: 'line', interpolate: better, strokeWidth: 1.5, color: palette[0]},
    encoding: {x: xAt(''), y: yAt('')},
  };
}

const shortNames = {
  'latency.p99': 'latency',
  stale_fraction: 'stale reads',
  availability: 'availability',
};

function titleOf(weighed, front, values) {
  const alike = front.every((each) => each.x === front[0].x && each.y === front[0].y);
  if (alike && front.every((each) => each.value === front[0].value)) {
    const more =
      front.length > 1
        ? `, and ${counted(front.length - 1, 'other point')} with the same figures`
        : '';
    return `Best in all is ${front[0].point}${more}`;
  }
  const names = listed(weighed.map(({path}) => shortNames[path]));
  return `${front.length} of ${values.length} points are beaten by none: among them, ${names} are traded for each other`;
}

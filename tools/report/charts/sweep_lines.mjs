// A figure against a parameter: a line with its band for each value of another parameter; dots with
// intervals where the parameter is no number, and where every point has values of its own.
import {axisTitle, scaled} from '../metrics.mjs';
import {
  byInfluence,
  donePoints,
  estimateOf,
  heldAt,
  isNumeric,
  levels,
  numberOf,
  same,
  slice,
  spoken,
  valueAt,
  written,
} from '../sweep.mjs';
import {config, palette, schema, wrapped} from '../theme.mjs';
import {byShape, intervals, lineOfEach, scaleOf, ticksOf, within} from './intervals.mjs';
import {fromTo, overTrials, spokenPhase, texts} from './phases.mjs';

const mostLines = palette.length;

/** Which parameter runs along the axis and which tells lines apart; the second may be null. */
function chosen(sweep, subject) {
  const [first, second] = byInfluence(sweep, subject);
  if (first === undefined) return null;
  if (second === undefined || sweep.plan !== 'grid') return {along: first, apart: null};
  const size = (parameter) => levels(sweep, parameter).length;
  const swap =
    isNumeric(sweep, first) === isNumeric(sweep, second)
      ? size(second) > size(first)
      : isNumeric(sweep, second);
  return swap ? {along: second, apart: first} : {along: first, apart: second};
}

/** At most as many values as can be told apart, the first and the last among them. */
function shownLevels(values) {
  if (values.length <= mostLines) return values;
  const at = (i) => Math.round((i * (values.length - 1)) / (mostLines - 1));
  return Array.from({length: mostLines}, (_, i) => values[at(i)]);
}

function subtitle(sweep, subject, {along, apart}, line, every) {
  const free = [along, ...(apart === null ? [] : [apart])];
  const held = heldAt(sweep, free);
  const each = apart === null ? '' : `, ${line} for ${every ? 'each' : 'some'} ${apart.name}`;
  const others = held === '' ? '' : `; with ${held}`;
  return `${subject.metric.name} ${spokenPhase(subject.phase)}, by ${along.name}${each}${others}`;
}

/** The axis of a parameter: its values as the scenario has them, if they are few. */
export function parameterAxis(sweep, parameter) {
  const values = levels(sweep, parameter);
  const numbers = values.map((value) => numberOf(parameter, value));
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const log = least > 0 && most / least > 30;
  const few = values.length <= 10;
  const names = Object.fromEntries(
    values.map((value, i) => [String(numbers[i]), written(value)]),
  );
  const room = log ? 1.1 : (most - least || 1) * 0.03;
  const unit = parameter.unit ? ` (${parameter.unit})` : '';
  return {
    type: 'quantitative',
    title: few ? parameter.name : `${parameter.name}${unit}`,
    scale: log
      ? {type: 'log', domain: [least / room, most * room], nice: false}
      : {domain: [least - room, most + room], nice: false, zero: false},
    axis: few
      ? {
          values: [...new Set(numbers)],
          labelExpr: `(${JSON.stringify(names)})[toString(datum.value)]`,
          labelOverlap: true,
        }
      : {tickCount: 6, labelOverlap: true},
  };
}

/** The points of a chart: {row, x, series, value, low, high, text}. */
function valuesOf(sweep, subject, {along, apart}, points) {
  const {metric} = subject;
  return points.flatMap((point) => {
    const estimate = estimateOf(point, subject);
    if (estimate === null) return [];
    const value = valueAt(sweep, point, along);
    return {
      row: written(value),
      x: numberOf(along, value),
      series: apart === null ? metric.name : written(valueAt(sweep, point, apart)),
      point: spoken(sweep, point),
      ...texts(estimate, metric),
      ...scaled(estimate, metric),
    };
  });
}

const titleOf = (sweep, subject, points, free) =>
  fromTo(
    subject.metric,
    points
      .map((point) => ({
        where: spoken(sweep, point, free),
        estimate: estimateOf(point, subject),
      }))
      .filter(({estimate}) => estimate !== null),
  );

/** A chart of one subject (see sweep.mjs), or null if no parameter moves it. */
export function sweepLines(sweep, subject) {
  const choice = chosen(sweep, subject);
  if (choice === null) return null;
  const {along, apart} = choice;
  const cloud = sweep.plan === 'latin_hypercube';
  const free = apart === null ? [along] : [along, apart];
  const all = cloud ? donePoints(sweep) : slice(sweep, free);
  const shown = apart === null ? null : shownLevels(levels(sweep, apart, all));
  const points = all.filter(
    (point) => shown === null || shown.some((value) => same(value, valueAt(sweep, point, apart))),
  );
  const values = valuesOf(sweep, subject, choice, points);
  if (values.length < 2) return null;
  const named = shown === null ? [subject.metric.name] : shown.map(written);
  const names = named.filter((name) => values.some(({series}) => series === name));
  const title = titleOf(sweep, subject, all, cloud ? sweep.parameters : free);
  const every = shown === null || shown.length === levels(sweep, apart, all).length;
  if (isNumeric(sweep, along)) {
    const line = cloud ? 'a dot' : 'a line';
    return lines(sweep, subject, {
      title,
      subtitle: `${subtitle(sweep, subject, choice, line, every)}; ${cloud ? `each point has other values of the other parameters; ${spread(sweep, 'bars')}` : spread(sweep, 'bands')}`,
      values,
      names,
      along,
      apart,
      cloud,
    });
  }
  return intervals({
    title,
    subtitle: `${subtitle(sweep, subject, choice, 'a dot', every)}; ${spread(sweep, 'bars')}`,
    values,
    rows: levels(sweep, along, points).map(written),
    names,
    x: {
      title: axisTitle(subject.metric),
      logarithmic: subject.metric.logarithmic,
      full: subject.metric.full,
    },
  });
}

/** What shows the intervals, if there are any. */
const spread = (sweep, marks) =>
  sweep.trials > 1 ? overTrials(sweep).replace('bars', marks) : 'one trial a point';

function lines(sweep, subject, {title, subtitle: below, values, names, along, apart, cloud}) {
  const {metric} = subject;
  const scale = scaleOf(values, metric);
  const drawn = within(values, scale);
  const x = {field: 'x', ...parameterAxis(sweep, along)};
  const y = (field) => ({
    field,
    type: 'quantitative',
    title: axisTitle(metric),
    scale,
    axis: ticksOf(scale),
  });
  const {color, shape} = byShape(names);
  const legend = apart === null ? {} : {legend: {title: apart.name, titleFontSize: 12}};
  const named = {...color, ...legend};
  const told = drawn.filter(({low, high}) => low !== null && high !== null);
  const band = cloud
    ? {mark: {type: 'rule', strokeWidth: 2, opacity: 0.7}}
    : {mark: {type: 'area', opacity: 0.2}};
  return {
    $schema: schema,
    config,
    title: {text: wrapped(title), subtitle: wrapped(below, 105)},
    width: 720,
    height: 280,
    layer: [
      {
        data: {values: told},
        ...band,
        encoding: {x, y: y('low'), y2: {field: 'high'}, color: named},
      },
      ...(cloud
        ? []
        : lineOfEach(drawn, names, {
            strokeWidth: 1.8,
            encoding: {x, y: y('value'), color: named},
          })),
      {
        data: {values: drawn},
        mark: {type: 'point', filled: true, size: 65, opacity: 1},
        encoding: {
          x,
          y: y('value'),
          color: named,
          shape: {...shape, ...legend},
          tooltip: [
            {field: 'point', title: 'at'},
            {field: 'text', title: metric.name},
          ],
        },
      },
    ],
  };
}

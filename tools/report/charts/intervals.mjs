// Figures with their intervals: a dot for the value, a bar for the interval, a row for each thing
// that has the figure. With several series a row holds one dot of each, one below the other.
import {config, dashes, palette, schema, shapes, wrapped} from '../theme.mjs';

/** How large a row is, by how many series share it. */
const rowHeight = (series) => Math.max(30, 14 * series + 12);

/** From where on an axis must be logarithmic so that the small can be seen beside the large. */
const wide = 8;

const all = (values) =>
  values
    .flatMap(({value, low, high}) => [value, low, high])
    .filter((number) => number !== null && number !== undefined);

/**
 * The scale of figures that cannot be negative: up to the full where there is one, logarithmic if
 * they span much, as far as the metric allows it. Bounds at or below nothing end at its edge.
 */
export function scaleOf(values, {logarithmic = false, full} = {}) {
  if (full !== undefined) return scaleUpTo(full, values);
  const numbers = all(values);
  const positive = numbers.filter((number) => number > 0);
  const least = Math.min(...positive);
  const most = Math.max(...numbers);
  const log = logarithmic && positive.length > 0 && most / least > wide;
  if (!log) return {type: 'linear', zero: true, nice: true};
  return {type: 'log', domain: [roundedDown(least), roundedUp(most)], nice: false};
}

/** Ticks of a logarithmic axis: 1, 2 and 5 of each power of ten, or fewer if there are many. */
export function ticksOf(scale) {
  if (scale.type !== 'log') return {tickCount: 6};
  const [from, to] = scale.domain.map(Math.log10);
  const steps = to - from > 3 ? [1] : to - from > 1.7 ? [1, 3] : [1, 2, 5];
  const powers = Array.from({length: 25}, (_, i) => i - 12);
  const ticks = powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`)));
  return {
    values: ticks.filter(
      (tick) => Math.log10(tick) >= from - 1e-9 && Math.log10(tick) <= to + 1e-9,
    ),
    format: '~g',
  };
}

/** To the full, and from nothing unless all are near the full. */
function scaleUpTo(full, values) {
  const missing = full - Math.min(...all(values));
  const least = missing > full / 5 ? 0 : full - roundedUp(Math.max(missing, full / 1000));
  return {type: 'linear', domain: [least, full], nice: false, zero: least === 0};
}

const magnitude = (number) => 10 ** Math.floor(Math.log10(number));
/** To the nearest 1, 2 or 5 below and above. */
const roundedDown = (number) =>
  [5, 2, 1].map((step) => step * magnitude(number)).find((step) => step <= number * 1.0001);
const roundedUp = (number) =>
  [1, 2, 5, 10].map((step) => step * magnitude(number)).find((step) => step >= number * 0.9999);

/** What a chart can show of them: on a logarithmic axis nothing is at 0. */
export function within(values, scale) {
  if (scale.type !== 'log') return values;
  const floor = scale.domain[0];
  return values
    .filter(({value}) => value > 0)
    .map((value) => ({
      ...value,
      low: value.low === null ? null : Math.max(value.low, floor),
    }));
}

/** Colour and shape by series, in the order of `names`. */
export function byShape(names, {colors = palette, explained = true} = {}) {
  const scale = (range) => ({domain: names, range: names.map((_, i) => range[i % range.length])});
  const legend = names.length > 1 && explained ? undefined : {legend: null};
  return {
    color: {field: 'series', type: 'nominal', scale: scale(colors), sort: null, ...legend},
    shape: {field: 'series', type: 'nominal', scale: scale(shapes), sort: null, ...legend},
  };
}

/** A line for each series, with a dash of its own; the legend is that of their points. */
export function lineOfEach(values, names, {encoding, ...mark}) {
  return names.map((name, i) => ({
    data: {values: values.filter(({series}) => series === name)},
    mark: {type: 'line', strokeDash: dashes[i % dashes.length], ...mark},
    encoding,
  }));
}

/** Rows that are headings are bold and have nothing beside them. */
const rowAxis = (headings) => ({
  tickSize: 0,
  domain: false,
  labelPadding: 8,
  grid: false,
  ...(headings.length > 0 && {
    labelFontWeight: {
      condition: {test: `indexof(${JSON.stringify(headings)}, datum.value) >= 0`, value: 600},
      value: 400,
    },
  }),
});

/**
 * `values` are {row, series, value, low, high, text, label}; bounds may be null. `rows` and `names`
 * (of series) are in order; `headings` are those rows that group others. `x` is the encoding of the
 * value: title, scale, axis. A `label` is written beside its interval, `text` shown on pointing at
 * it. `more` are layers below. `together` lets series share a line, of which each row has one only;
 * then `colors` and the subtitle tell them apart.
 */
export function intervals({
  title,
  subtitle,
  values,
  rows,
  names,
  headings = [],
  labelOfRow,
  x,
  step = rowHeight(names.length),
  more = [],
  together = false,
  colors = palette,
}) {
  const scale = x.scale ?? scaleOf(values, x);
  const drawn = within(values, scale);
  const axis = {...ticksOf(scale), labelOverlap: true, ...x.axis};
  const y = {
    field: 'row',
    type: 'nominal',
    sort: null,
    title: null,
    scale: {domain: rows, paddingInner: 0.3, paddingOuter: 0.15},
    axis: {...rowAxis(headings), ...(labelOfRow && {labelExpr: labelOfRow})},
  };
  const yOffset =
    names.length > 1 && !together
      ? {yOffset: {field: 'series', type: 'nominal', sort: null, scale: {domain: names}}}
      : {};
  const position = (field) => ({field, type: 'quantitative', scale, title: x.title, axis});
  const {color, shape} = byShape(names, {colors, explained: !together});
  const tooltip = [
    {field: 'row', title: 'of'},
    {field: 'series'},
    {field: 'text', title: x.title},
  ];
  const texts = besides(drawn, scale).filter(({label}) => label !== undefined);
  return {
    $schema: schema,
    config: {...config, axisY: {labelLimit: 190}},
    title: {text: wrapped(title), subtitle: wrapped(subtitle, 105)},
    width: 720,
    height: rows.length * step,
    layer: [
      ...more,
      {
        data: {values: drawn.filter(({low, high}) => low !== null && high !== null)},
        mark: {type: 'rule', strokeWidth: 2.5, clip: true},
        encoding: {x: position('low'), x2: {field: 'high'}, y, ...yOffset, color, tooltip},
      },
      ...[false, true]
        .map((hollow) => drawn.filter((each) => (each.hollow ?? false) === hollow))
        .map((points, hollow) => ({
          data: {values: points},
          mark: {
            type: 'point',
            size: 75,
            strokeWidth: 2,
            opacity: 1,
            ...(hollow ? {filled: false, fill: '#ffffff'} : {filled: true}),
          },
          encoding: {x: position('value'), y, ...yOffset, color, shape, tooltip},
        }))
        .filter(({data}) => data.values.length > 0),
      ...[true, false]
        .map((right) => texts.filter((each) => each.right === right))
        .filter((side) => side.length > 0)
        .flatMap((side) => beside(side, {x: position('edge'), y, ...yOffset})),
    ],
  };
}

/** Words beside intervals, on white, so that no line goes through them. */
function beside(values, place) {
  const {right} = values[0];
  const layer = (more) => ({
    data: {values},
    mark: {
      type: 'text',
      align: right ? 'left' : 'right',
      dx: right ? 9 : -9,
      fontSize: 11,
      color: '#333333',
      ...more,
    },
    encoding: {...place, text: {field: 'label'}},
  });
  return [layer({stroke: '#ffffff', strokeWidth: 4}), layer({})];
}

/** Where the words of each interval have room: on the side of it that is farther from an edge. */
function besides(values, scale) {
  const numbers = all(values);
  const at = scale.type === 'log' ? Math.log : (number) => number;
  const [from, to] = scale.domain ?? [
    Math.min(...numbers, ...(scale.zero ? [0] : [])),
    Math.max(...numbers, ...(scale.zero ? [0] : [])),
  ];
  return values.map((each) => {
    const low = each.low ?? each.value;
    const high = each.high ?? each.value;
    const right = at(to) - at(Math.min(high, to)) >= at(Math.max(low, from)) - at(from);
    return {...each, right, edge: right ? high : low};
  });
}

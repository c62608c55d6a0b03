// Which parameter matters: by how much a figure moves if one parameter is varied and all others
// stay as the scenario has them. The widest bar is on top.
import {axisTitle, scaled} from '../metrics.mjs';
import {donePoints, estimateOf, same, slice, valueAt, written} from '../sweep.mjs';
import {config, palette, schema, wrapped} from '../theme.mjs';
import {plusMinus} from '../words.mjs';
import {scaleOf, ticksOf} from './intervals.mjs';
import {overTrials, spokenPhase} from './phases.mjs';

/**
 * For each parameter the points with its least and its largest figure, the widest swing first;
 * `proven` is whether their intervals lie apart.
 */
export function swings(sweep, subject) {
  return sweep.parameters
    .flatMap((parameter) => {
      const found = slice(sweep, [parameter])
        .map((point) => ({
          at: written(valueAt(sweep, point, parameter)),
          estimate: estimateOf(point, subject),
        }))
        .filter(({estimate}) => estimate !== null)
        .sort((a, b) => a.estimate.value - b.estimate.value);
      if (found.length < 2) return [];
      const [least, most] = [found[0], found.at(-1)];
      const proven =
        (most.estimate.low ?? most.estimate.value) >
        (least.estimate.high ?? least.estimate.value);
      return {
        parameter,
        least,
        most,
        proven,
        swing: most.estimate.value - least.estimate.value,
      };
    })
    .sort((a, b) => b.swing - a.swing);
}

/** The figure of the scenario as it is; null if no point is it. */
function baseOf(sweep, subject) {
  const point = donePoints(sweep).find((each) =>
    sweep.parameters.every((parameter) =>
      same(valueAt(sweep, each, parameter), sweep.base[parameter.pointer]),
    ),
  );
  return point === undefined ? null : estimateOf(point, subject);
}

/** Of what is proven the widest; a wider one that chance explains proves nothing. */
function titleOf({metric}, found) {
  const first = found.find(({proven}) => proven);
  if (first === undefined) return `${metric.subject}: no parameter moves it beyond chance`;
  const end = ({at, estimate}) => `${plusMinus(estimate, metric)} (${at})`;
  const idle = found.filter(({proven}) => !proven).length;
  return (
    `${metric.subject} depends most on ${first.parameter.name}: from ${end(first.least)} to ${end(first.most)}` +
    (idle > 0 ? `; ${idle} of ${found.length} parameters do not move it beyond chance` : '')
  );
}

/** A chart of one subject (see sweep.mjs), of a sweep that varies one parameter at a time. */
export function tornado(sweep, subject) {
  if (sweep.plan !== 'one_at_a_time') return null;
  const found = swings(sweep, subject);
  if (found.length === 0 || found.every(({swing}) => swing === 0)) return null;
  const {metric} = subject;
  const base = baseOf(sweep, subject);
  const values = found.map(({parameter, least, most, proven, swing}) => ({
    row: parameter.name,
    from: scaled(least.estimate, metric).value,
    to: scaled(most.estimate, metric).value,
    left: scaled(least.estimate, metric).low ?? scaled(least.estimate, metric).value,
    right: scaled(most.estimate, metric).high ?? scaled(most.estimate, metric).value,
    least: swing > 0 ? least.at : '',
    most: swing > 0 ? most.at : 'no effect',
    proven,
    text: `${plusMinus(least.estimate, metric)} with ${least.at}, ${plusMinus(most.estimate, metric)} with ${most.at}`,
  }));
  const ends = found.flatMap(({parameter, least, most}) =>
    [least, most].map(({estimate}) => ({row: parameter.name, ...scaled(estimate, metric)})),
  );
  const scale = roomy(scaleOf(ends, metric), ends, base ? scaled(base, metric).value : null);
  const x = (field) => ({
    field,
    type: 'quantitative',
    title: axisTitle(metric),
    scale,
    axis: {...ticksOf(scale), labelOverlap: true},
  });
  const rows = values.map(({row}) => row);
  const y = {
    field: 'row',
    type: 'nominal',
    sort: null,
    title: null,
    scale: {domain: rows, padding: 0.25},
    axis: {tickSize: 0, domain: false, labelPadding: 8},
  };
  const words = (field, at, align, dx) => ({
    data: {values},
    mark: {type: 'text', align, dx, fontSize: 11, color: '#333333'},
    encoding: {x: x(at), y, text: {field}},
  });
  return {
    $schema: schema,
    config: {...config, axisY: {labelLimit: 190}},
    title: {
      text: wrapped(titleOf(subject, found)),
      subtitle: wrapped(
        `${metric.name} ${spokenPhase(subject.phase)}, each parameter varied alone; words are its values at both ends${base === null ? '' : `; the dashed line is the scenario as it is, ${plusMinus(base, metric)}`}; ` +
          (sweep.trials > 1
            ? `${overTrials(sweep)}, hollow is what they leave to chance`
            : 'one trial a point'),
        105,
      ),
    },
    width: 720,
    height: rows.length * 36,
    layer: [
      ...[true, false].map((proven) => ({
        data: {values: values.filter((each) => each.proven === proven)},
        mark: {
          type: 'bar',
          height: 16,
          cornerRadius: 2,
          fill: proven ? palette[5] : '#ffffff',
          stroke: proven ? palette[5] : '#8a8a8a',
        },
        encoding: {
          x: x('from'),
          x2: {field: 'to'},
          y,
          tooltip: [
            {field: 'row', title: 'parameter'},
            {field: 'text', title: metric.name},
          ],
        },
      })),
      {
        data: {values: ends.filter(({low, high}) => low !== null && high !== null)},
        mark: {type: 'rule', strokeWidth: 1.8, color: '#333333', clip: true},
        encoding: {x: x('low'), x2: {field: 'high'}, y},
      },
      ...(base === null
        ? []
        : [
            {
              data: {values: [scaled(base, metric)]},
              mark: {type: 'rule', color: '#333333', strokeWidth: 1.2, strokeDash: [4, 3]},
              encoding: {x: x('value')},
            },
          ]),
      words('least', 'left', 'right', -8),
      words('most', 'right', 'left', 8),
    ],
  };
}

/** A scale with room for words beside the ends of bars. */
function roomy(scale, ends, base) {
  const numbers = ends
    .flatMap(({value, low, high}) => [value, low, high])
    .concat(base)
    .filter((number) => number !== null);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (scale.type === 'log') {
    const [from, to] = scale.domain;
    const room = (to / from) ** 0.18;
    return {...scale, domain: [from / room, to * room]};
  }
  const room = 0.18 * (most - least || 1);
  return {type: 'linear', domain: [least - room, most + room], nice: false, zero: false};
}

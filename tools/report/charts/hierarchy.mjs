// The hierarchy of consistency: what held, what broke, and where first. A line from one promise
// down to another says that whoever keeps the upper one keeps the lower one.
import {bad, config, good, schema, wrapped} from '../theme.mjs';
import {span} from '../words.mjs';

const box = {width: 1.76, height: 0.74};
const halfLine = 0.1;

/** Where each promise stands: on the left those that know no real time. */
const places = {
  linearizable: [2, 0],
  sequential: [2, 1],
  causal_memory: [1, 2],
  causal_plus: [3, 2],
  strong_eventual: [2, 3],
  pram: [1, 3],
  causal: [3, 3],
  convergence: [2, 4],
  read_your_writes: [5, 0],
  monotonic_reads: [5, 1],
  monotonic_writes: [5, 2],
  writes_follow_reads: [5, 3],
  bounded_staleness: [5, 4],
};
const names = {causal_plus: 'causal+', pram: 'PRAM'};
export const promise = (level) => names[level] ?? level.replaceAll('_', ' ');

const looks = {
  valid: {sign: '✓', word: 'held', fill: '#e3f3ec', line: good},
  invalid: {sign: '✗', word: 'broken', fill: '#fbe6da', line: bad},
  unknown: {sign: '?', word: 'unknown', fill: '#f2f2f2', line: '#888888'},
};

function phaseAt(result, time) {
  return result.phases.find((phase) => phase.from <= time && time < phase.to)?.name;
}

function where(level, result) {
  if (level.level === 'bounded_staleness') {
    return `${level.versions} versions, ${span(level.within)}`;
  }
  if (level.because !== null) {
    return level.verdict === 'valid'
      ? `as is ${promise(level.because)}`
      : `with ${promise(level.because)}`;
  }
  if (level.at === null) return '';
  const phase = phaseAt(result, level.at);
  return `${level.at.toFixed(2)} s${phase && result.phases.length > 1 ? `, ${phase}` : ''}`;
}

function boxOf(level, result) {
  const [x, y] = places[level.level];
  const look = looks[level.verdict];
  const stale = level.level === 'bounded_staleness';
  const detail = stale ? `at most ${where(level, result)}` : where(level, result);
  const region = level.because === null ? (level.region ?? '') : '';
  const lines = (detail === '' ? 0 : 1) + (region === '' ? 0 : 1);
  return {
    name: promise(level.level),
    text: `${look.sign} ${promise(level.level)}`,
    verdict: look.word,
    detail,
    region,
    textY: y - lines * halfLine,
    detailY: y - (lines - 2) * halfLine,
    regionY: y - (lines - 4) * halfLine,
    violations: level.violations,
    x,
    y,
    left: x - box.width / 2,
    right: x + box.width / 2,
    top: y - box.height / 2,
    bottom: y + box.height / 2,
    fill: look.fill,
    line: look.line,
  };
}

/** The promises on the right are a column: one line leads there, from linearizable. */
function lines(consistency, boxes) {
  const at = new Map(boxes.map((each) => [each.level, each]));
  return consistency.implies
    .filter(([from, to]) => at.has(from) && at.has(to))
    .filter(([, to]) => places[to][0] < 5)
    .map(([from, to]) => ({
      x: at.get(from).x,
      y: at.get(from).bottom,
      toX: at.get(to).x,
      toY: at.get(to).top,
    }));
}

function titleOf(consistency) {
  const strongest = consistency.strongest.map(promise);
  const broken = consistency.levels.some((level) => level.verdict === 'invalid');
  if (strongest.length === 0) return 'No promise of consistency is known to have held';
  if (!broken && strongest[0] === 'linearizable') return 'Every promise of consistency held';
  const last = strongest.pop();
  return `The strongest promise${strongest.length > 0 ? 's' : ''} that held: ${strongest.length > 0 ? `${strongest.join(', ')} and ` : ''}${last}`;
}

export function hierarchy(run, service) {
  const consistency = run.result.consistency?.[service];
  if (!consistency) return null;
  const boxes = consistency.levels
    .filter((level) => level.level in places)
    .map((level) => ({...boxOf(level, run.result), level: level.level}));
  const x = {type: 'quantitative', axis: null, scale: {domain: [0, 6], nice: false}};
  const y = {type: 'quantitative', axis: null, scale: {domain: [4.5, -0.75], nice: false}};
  // The column on the right hangs on linearizable, which is not judged of data types that merge.
  const bracket = 5 - box.width / 2 - 0.1;
  const hangs = boxes.some(({level}) => level === 'linearizable');
  const text = (field, more) => ({
    data: {values: boxes},
    mark: {type: 'text', baseline: 'middle', ...more},
    encoding: {x: {field: 'x', ...x}, y: {field: `${field}Y`, ...y}, text: {field}},
  });
  const rule = (values) => ({
    data: {values},
    mark: {type: 'rule', color: '#888888', strokeWidth: 1.4},
    encoding: {
      x: {field: 'x', ...x},
      y: {field: 'y', ...y},
      x2: {field: 'toX'},
      y2: {field: 'toY'},
    },
  });
  return {
    $schema: schema,
    config,
    title: {
      text: wrapped(titleOf(consistency)),
      subtitle: wrapped(
        `promises of ${service} to its clients; a line leads down to what is implied; where a promise broke, the first violation`,
        105,
      ),
    },
    width: 720,
    height: 400,
    layer: [
      rule(lines(consistency, boxes)),
      rule(
        hangs
          ? [
              {x: 2 + box.width / 2, y: 0, toX: bracket, toY: 0},
              {x: bracket, y: -0.45, toX: bracket, toY: 4.45},
            ]
          : [],
      ),
      {
        data: {
          values: hangs
            ? [
                {x: 0.56, y: 1, text: 'in the order of sessions'},
                {x: 5, y: -0.62, text: 'in the order of real time'},
              ]
            : [],
        },
        mark: {type: 'text', fontSize: 11, fontStyle: 'italic', color: '#555555'},
        encoding: {x: {field: 'x', ...x}, y: {field: 'y', ...y}, text: {field: 'text'}},
      },
      {
        data: {values: boxes},
        mark: {type: 'rect', cornerRadius: 4, strokeWidth: 1.5},
        encoding: {
          x: {field: 'left', ...x},
          x2: {field: 'right'},
          y: {field: 'top', ...y},
          y2: {field: 'bottom'},
          fill: {field: 'fill', type: 'nominal', scale: null},
          stroke: {field: 'line', type: 'nominal', scale: null},
          tooltip: [
            {field: 'name', title: 'promise'},
            {field: 'verdict'},
            {field: 'detail', title: 'first violation'},
            {field: 'region'},
            {field: 'violations', format: ',d'},
          ],
        },
      },
      text('text', {fontSize: 13, fontWeight: 600}),
      text('detail', {fontSize: 11, color: '#444444'}),
      text('region', {fontSize: 11, color: '#444444'}),
    ],
  };
}

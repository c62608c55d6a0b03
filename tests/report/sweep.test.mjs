// Charts of sweeps: lines with bands, heat maps, fronts and tornados, of points made up here.
import assert from 'node:assert/strict';
import test from 'node:test';

import {chartsOfSweep} from '../../tools/report/charts/index.mjs';
import {swings} from '../../tools/report/charts/tornado.mjs';
import {metricOf} from '../../tools/report/metrics.mjs';
import {
  byInfluence,
  levels,
  numberOf,
  paretoFront,
  rankCorrelation,
  slice,
  subjects,
  varies,
  written,
} from '../../tools/report/sweep.mjs';
import {drawn, marks, named, subtitleOf, titleOf, valuesOf} from './drawn.mjs';
import {parameter, sweepOf} from './made_up.mjs';

const p99 = {
  workload: 'shoppers',
  phase: 'all',
  path: 'latency.p99',
  metric: metricOf('latency.p99'),
};
const stale = {...p99, path: 'stale_fraction', metric: metricOf('stale_fraction')};

const quorums = [parameter('read_quorum', [1, 2, 3]), parameter('write_quorum', [1, 2])];

/** Reads of more replicas are slower and less stale; writes to more a little of both. */
const grid = (options = {}) =>
  sweepOf(
    quorums,
    [1, 2, 3].flatMap((r) =>
      [1, 2].map((w) => ({
        values: [r, w],
        p99: 0.001 * 10 ** r + 0.001 * w,
        stale: 0.3 - 0.09 * r - 0.01 * w,
        half: 0.0005,
        ...options,
      })),
    ),
    {base: [1, 1]},
  );

async function assertDrawn(charts) {
  for (const {name, spec} of charts) {
    if (spec === null) continue;
    const {svg, warnings} = await drawn(spec);
    assert.deepEqual(warnings, [], name);
    assert.ok(svg.startsWith('<svg'), name);
    assert.doesNotMatch(svg, /NaN|undefined/, name);
  }
}

test('the front holds what nothing beats: ties stay, gaps are not judged', () => {
  const better = ['less', 'less'];
  const cases = [
    [
      [
        [1, 3],
        [2, 2],
        [3, 1],
        [3, 3],
      ],
      [true, true, true, false],
    ],
    [
      [
        [1, 1],
        [1, 1],
        [2, 2],
      ],
      [true, true, false],
    ],
    [
      [
        [1, 2],
        [1, 1],
      ],
      [false, true],
    ],
    [
      [
        [1, 1],
        [null, 0],
        [2, 2],
      ],
      [true, null, false],
    ],
    [[[5, 5]], [true]],
    [[], []],
  ];
  for (const [rows, front] of cases) {
    assert.deepEqual(paretoFront(rows, better), front, JSON.stringify(rows));
  }
  assert.deepEqual(
    paretoFront(
      [
        [1, 0.5],
        [1, 0.9],
        [2, 1],
      ],
      ['less', 'more'],
    ),
    [false, true, true],
  );
});

test('the front agrees with the definition on random points', () => {
  // A linear congruential generator: the same points every time.
  let state = 1;
  const next = () => (state = (state * 1103515245 + 12345) % 2 ** 31) % 7;
  const rows = Array.from({length: 60}, () => [next(), next(), next()]);
  const front = paretoFront(rows, ['less', 'less', 'more']);
  rows.forEach((row, i) => {
    const beaten = rows.some(
      (other) =>
        other[0] <= row[0] &&
        other[1] <= row[1] &&
        other[2] >= row[2] &&
        JSON.stringify(other) !== JSON.stringify(row),
    );
    assert.equal(front[i], !beaten);
  });
});

test('rank correlation: published example, ties, nothing to correlate', () => {
  // Ranks of IQ and hours of television, Wikipedia "Spearman's rank correlation coefficient": -29/165.
  const iq = [86, 97, 99, 100, 101, 103, 106, 110, 112, 113];
  const hours = [2, 20, 28, 27, 50, 29, 7, 17, 6, 12];
  assert.ok(Math.abs(rankCorrelation(iq, hours) + 29 / 165) < 1e-12);
  assert.equal(rankCorrelation([1, 1, 1], [1, 2, 3]), 0);
  assert.ok(Math.abs(rankCorrelation([1, 2, 2, 3], [1, 2, 2, 3]) - 1) < 1e-12);
});

test('values are put in order by number, also if they have units', () => {
  const timeout = parameter('timeout', ['100ms', '20ms', '1s'], [0.1, 0.02, 1]);
  const sweep = sweepOf(
    [timeout],
    [['1s'], ['20ms'], ['100ms']].map((values) => ({values})),
  );
  assert.deepEqual(levels(sweep, timeout), ['20ms', '100ms', '1s']);
  assert.equal(numberOf(timeout, '20ms'), 0.02);
  assert.equal(numberOf(timeout, '30ms'), 0.03, 'the scenario may say what was not asked for');
  assert.equal(numberOf(timeout, '2min'), null, 'a unit that nothing tells the worth of');
  assert.equal(numberOf(timeout, null), null);
  const repair = parameter('read_repair', ['none', 'async']);
  assert.equal(numberOf(repair, 'none'), null);
  const flag = parameter('sloppy', [false, true]);
  assert.equal(numberOf(flag, true), null);
});

test('values are written as in the scenario, long fractions shortly', () => {
  const all = ['20ms', '790.350152157ms', 0.00012, 0.123456, true, null, {a: 1}];
  assert.deepEqual(all.map(written), [
    '20ms',
    '790.4ms',
    '0.00012',
    '0.1235',
    'true',
    'not set',
    '{"a":1}',
  ]);
});

test('a point that has not run yet is neither drawn nor judged', () => {
  const sweep = grid();
  sweep.points[0] = {...sweep.points[0], status: 'open', summary: {}};
  const spec = named(chartsOfSweep(sweep), 'heat-latency-p99');
  assert.ok(valuesOf(marks(spec, 'text')).some(({cell}) => cell === 'not run'));
});

test('a figure varies if two intervals lie apart', () => {
  const sweep = (half) =>
    sweepOf(
      [quorums[0]],
      [
        {values: [1], p99: 0.01, half},
        {values: [2], p99: 0.02, half},
      ],
    );
  assert.ok(varies(sweep(0.004), p99));
  assert.ok(!varies(sweep(0.006), p99));
  assert.ok(varies(sweep(null), p99), 'a single trial has no interval to hide in');
});

test('the parameter that moves a figure most comes first', () => {
  assert.deepEqual(
    byInfluence(grid(), p99).map(({name}) => name),
    ['read_quorum', 'write_quorum'],
  );
  assert.equal(subjects(grid()).length, 5);
});

test('a line with its band for each value of the second parameter', async () => {
  const charts = chartsOfSweep(grid());
  const spec = named(charts, 'lines-stale-fraction');
  const [band] = marks(spec, 'area');
  assert.equal(band.encoding.y.field, 'low');
  assert.equal(band.encoding.y2.field, 'high');
  const lines = marks(spec, 'line');
  assert.deepEqual(
    lines.map(({data}) => data.values.length),
    [3, 3],
  );
  assert.equal(new Set(lines.map(({mark}) => String(mark.strokeDash))).size, 2, 'also in print');
  const [line] = lines;
  assert.deepEqual(line.encoding.color.scale.domain, ['1', '2']);
  assert.equal(line.encoding.color.legend.title, 'write_quorum');
  assert.equal(line.encoding.x.title, 'read_quorum');
  assert.deepEqual(line.encoding.x.axis.values, [1, 2, 3]);
  assert.match(
    titleOf(spec),
    /^The share of stale reads: from .*quorum 3, write_quorum 2.* to .*quorum 1, write_quorum 1/,
  );
  assert.match(
    subtitleOf(spec),
    /a line for each write_quorum; bands are 95\u00a0% intervals over 20 trials/,
  );
  const value = line.data.values.find(({x, series}) => x === 1 && series === '1');
  assert.ok(Math.abs(value.value - 20) < 1e-9 && Math.abs(value.low - 19.95) < 1e-9);
  await assertDrawn(charts);
});

test('a heat map of two parameters, logarithmic if it must be', () => {
  const spec = named(chartsOfSweep(grid()), 'heat-latency-p99');
  const [rect] = marks(spec, 'rect');
  assert.equal(rect.data.values.length, 6);
  assert.equal(rect.encoding.color.scale.type, 'log');
  assert.deepEqual(rect.encoding.x.scale.domain, ['1', '2', '3']);
  assert.deepEqual(rect.encoding.y.scale.domain, ['2', '1'], 'more is up');
  const cell = valuesOf(marks(spec, 'text')).find(({x, y}) => x === '3' && y === '1');
  assert.equal(cell.cell, '1,001.0\n±\u00a00.5');
});

test('points that failed are said, not drawn', async () => {
  const sweep = grid();
  sweep.points[5] = {...sweep.points[5], status: 'failed', summary: {}};
  const charts = chartsOfSweep(sweep);
  const words = valuesOf(marks(named(charts, 'heat-latency-p99'), 'text')).map(({cell}) => cell);
  assert.ok(words.includes('failed'));
  assert.match(subtitleOf(named(charts, 'pareto')), /1 without all of the figures left out/);
  await assertDrawn(charts);
});

test('the front of latency and staleness is marked', () => {
  const spec = named(chartsOfSweep(grid()), 'pareto');
  const diamonds = marks(spec, 'point').find(({mark}) => mark.shape === 'diamond');
  assert.equal(diamonds.data.values.length, 6, 'each point has less of one');
  assert.equal(diamonds.encoding.x.scale.type, 'log');
  assert.equal(marks(spec, 'line')[0].mark.interpolate, 'step-after');
  assert.match(titleOf(spec), /^6 of 6 points are beaten by none.*latency and stale reads/);
});

test('missing figures leave a point off the front', () => {
  const sweep = sweepOf(
    [quorums[0]],
    [
      {values: [1], p99: 0.01, stale: 0.2},
      {values: [2], p99: 0.03, stale: 0.1},
      {values: [3], p99: 0.05, stale: null},
    ],
  );
  const spec = named(chartsOfSweep(sweep), 'pareto');
  assert.match(titleOf(spec), /^2 of 2 points/);
  assert.match(subtitleOf(spec), /1 without all of the figures/);
});

test('points that are best together are not said to be traded', () => {
  const best = {p99: 0.01, stale: 0.1};
  const sweep = sweepOf(
    [quorums[0]],
    [
      {values: [1], ...best},
      {values: [2], ...best},
      {values: [3], p99: 0.03, stale: 0.2},
    ],
  );
  const spec = named(chartsOfSweep(sweep), 'pareto');
  assert.equal(
    titleOf(spec),
    'Best in all is read_quorum 1, and 1 other point with the same figures',
  );
});

test('three figures: the third is the shade', () => {
  const sweep = sweepOf(
    [quorums[0]],
    [
      {values: [1], p99: 0.01, stale: 0.2, availability: 1},
      {values: [2], p99: 0.03, stale: 0.1, availability: 0.8},
      {values: [3], p99: 0.05, stale: 0.3, availability: 0.7},
    ],
  );
  const spec = named(chartsOfSweep(sweep), 'pareto');
  const fills = marks(spec, 'point').map(({encoding}) => encoding.fill.field);
  assert.deepEqual(fills, ['value', 'value']);
  assert.equal(marks(spec, 'line').length, 0);
  assert.equal(marks(spec, 'point')[0].data.values[0].point, 'read_quorum 3');
});

test('one parameter at a time: the widest swing is on top, what may be chance is hollow', async () => {
  const parameters = [
    parameter('timeout', ['20ms', '50ms'], [0.02, 0.05]),
    parameter('read_quorum', [1, 2, 3]),
    parameter('read_repair', ['none', 'async']),
  ];
  const sweep = sweepOf(
    parameters,
    [
      {values: ['20ms', 1, 'async'], p99: 0.01},
      {values: ['50ms', 1, 'async'], p99: 0.0105},
      {values: ['20ms', 2, 'async'], p99: 0.02},
      {values: ['20ms', 3, 'async'], p99: 0.03},
      {values: ['20ms', 1, 'none'], p99: 0.01},
    ],
    {plan: 'one_at_a_time', base: ['20ms', 1, 'async']},
  );
  assert.deepEqual(
    swings(sweep, p99).map(({parameter: {name}, proven, least, most}) => [
      name,
      proven,
      least.at,
      most.at,
    ]),
    [
      ['read_quorum', true, '1', '3'],
      ['timeout', false, '20ms', '50ms'],
      ['read_repair', false, 'async', 'none'],
    ],
  );
  const charts = chartsOfSweep(sweep);
  const spec = named(charts, 'tornado-latency-p99');
  const [proven, chance] = marks(spec, 'bar');
  assert.deepEqual(proven.encoding.y.scale.domain, ['read_quorum', 'timeout', 'read_repair']);
  assert.deepEqual(
    [proven, chance].map(({data}) => data.values.map(({row}) => row)),
    [['read_quorum'], ['timeout', 'read_repair']],
  );
  assert.equal(chance.mark.fill, '#ffffff');
  assert.equal(chance.data.values[1].most, 'no effect');
  assert.match(
    titleOf(spec),
    /depends most on read_quorum: from .* \(1\) to .* \(3\); 2 of 3 parameters do not/,
  );
  assert.match(subtitleOf(spec), /the scenario as it is, 10\.0\u00a0ms\u00a0±\u00a01\.0/);
  assert.equal(named(charts, 'heat-latency-p99'), null);
  await assertDrawn(charts);
});

test('the title of a tornado is about what is proven, though something uncertain be wider', () => {
  const sweep = sweepOf(
    [parameter('timeout', ['20ms', '50ms'], [0.02, 0.05]), parameter('read_quorum', [1, 2])],
    [
      {values: ['20ms', 1], p99: 0.01, half: 0.0001},
      {values: ['50ms', 1], p99: 0.04, half: 0.035},
      {values: ['20ms', 2], p99: 0.015, half: 0.0001},
    ],
    {plan: 'one_at_a_time', base: ['20ms', 1]},
  );
  const spec = named(chartsOfSweep(sweep), 'tornado-latency-p99');
  assert.match(titleOf(spec), /depends most on read_quorum: .*; 1 of 2 parameters do not/);
});

test('parameters that are no numbers are rows, not an axis', async () => {
  const sweep = sweepOf(
    [parameter('read_repair', ['none', 'async', 'blocking'])],
    [
      {values: ['none'], p99: 0.01},
      {values: ['async'], p99: 0.02},
      {values: ['blocking'], p99: 0.05},
    ],
  );
  const charts = chartsOfSweep(sweep);
  const spec = named(charts, 'lines-latency-p99');
  const [points] = marks(spec, 'point');
  assert.deepEqual(points.encoding.y.scale.domain, ['none', 'async', 'blocking']);
  assert.equal(marks(spec, 'line').length, 0);
  await assertDrawn(charts);
});

test('a sweep of single trials has no bands and says so', async () => {
  const sweep = {...grid({half: null}), trials: 1};
  const charts = chartsOfSweep(sweep);
  const spec = named(charts, 'lines-latency-p99');
  assert.equal(marks(spec, 'area')[0].data.values.length, 0);
  assert.match(subtitleOf(spec), /one trial a point/);
  const cells = valuesOf(marks(named(charts, 'heat-latency-p99'), 'text'));
  assert.ok(cells.every(({cell}) => !cell.includes('±')));
  await assertDrawn(charts);
});

test('more lines than colours: some of them, the first and the last among them', async () => {
  const many = Array.from({length: 12}, (_, i) => i + 1);
  const sweep = sweepOf(
    [parameter('keys', many), parameter('rate', [...many, 13])],
    many.flatMap((k) =>
      [...many, 13].map((r) => ({values: [k, r], p99: (k * r) / 1e3, half: 1e-5})),
    ),
    {base: [1, 1]},
  );
  const spec = named(chartsOfSweep(sweep), 'lines-latency-p99');
  const {domain} = marks(spec, 'line')[0].encoding.color.scale;
  assert.deepEqual([domain.length, domain[0], domain.at(-1)], [7, '1', '12']);
  assert.match(subtitleOf(spec), /a line for some keys/);
  assert.deepEqual((await drawn(spec)).warnings, []);
});

test('a third parameter is held at what the scenario says, and the subtitle says so', () => {
  const parameters = [...quorums, parameter('timeout', ['20ms', '50ms'], [0.02, 0.05])];
  const points = [1, 2, 3].flatMap((r) =>
    [1, 2].flatMap((w) =>
      ['20ms', '50ms'].map((timeout) => ({
        values: [r, w, timeout],
        p99: 0.01 * r + 0.002 * w,
        half: 0.0001,
      })),
    ),
  );
  const sweep = sweepOf(parameters, points, {base: [1, 1, '50ms']});
  assert.equal(slice(sweep, parameters.slice(0, 2)).length, 6);
  const spec = named(chartsOfSweep(sweep), 'heat-latency-p99');
  assert.match(subtitleOf(spec), /with timeout 50ms/);
  assert.equal(marks(spec, 'rect')[0].data.values.length, 6);
});

test('a Latin hypercube is dots: on its axis, and over two parameters', async () => {
  const parameters = [parameter('rate', [10, 20, 30, 40]), parameter('keys', [1, 5, 7, 9])];
  const points = [
    [10, 7],
    [20, 1],
    [30, 9],
    [40, 5],
  ].map((values) => ({values, p99: values[0] / 1e3, half: 1e-4}));
  const charts = chartsOfSweep(sweepOf(parameters, points, {plan: 'latin_hypercube'}));
  const lines = named(charts, 'lines-latency-p99');
  assert.equal(marks(lines, 'line').length, 0);
  assert.equal(marks(lines, 'point')[0].data.values.length, 4);
  assert.equal(marks(lines, 'point')[0].encoding.x.title, 'rate');
  const map = named(charts, 'heat-latency-p99');
  assert.equal(marks(map, 'point')[0].encoding.fill.field, 'value');
  assert.match(subtitleOf(lines), /bars are 95\u00a0% intervals/);
  const single = sweepOf(parameters, points, {plan: 'latin_hypercube', trials: 1});
  assert.match(
    subtitleOf(named(chartsOfSweep(single), 'lines-latency-p99')),
    /one trial a point/,
  );
  await assertDrawn(charts);
});

test('what never differs is not drawn but listed', () => {
  const sweep = sweepOf([quorums[0]], [{values: [1]}, {values: [2]}]);
  const charts = chartsOfSweep(sweep);
  assert.ok(charts.every(({spec}) => spec === null));
  assert.ok(
    charts.some(({name, absent}) => name === 'lines-goodput' && /same at every/.test(absent)),
  );
  assert.equal(varies(sweep, stale), false);
});

test('no point done: nothing to draw, nothing thrown', () => {
  const charts = chartsOfSweep(sweepOf([quorums[0]], [{values: [1], failed: true}]));
  assert.deepEqual(
    charts.filter(({spec}) => spec !== null),
    [],
  );
});

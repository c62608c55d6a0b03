// Charts of many trials, and of what differs between scenarios: every figure with its interval.
import assert from 'node:assert/strict';
import test from 'node:test';

import {chartsOfComparison, chartsOfRun} from '../../tools/report/charts/index.mjs';
import {scaleOf, within} from '../../tools/report/charts/intervals.mjs';
import {metricOf} from '../../tools/report/metrics.mjs';
import {listed, plusMinus, shareOfTrials} from '../../tools/report/words.mjs';
import {drawn, marks, named, subtitleOf, titleOf, valuesOf} from './drawn.mjs';
import {comparisonOf, figure, madeUp, trialsOf} from './made_up.mjs';

const latency = metricOf('latency.p99');

test('an estimate is written with as many digits as its interval is worth', () => {
  assert.equal(plusMinus(figure(0.0123, 0.0004), latency), '12.3\u00a0ms\u00a0±\u00a00.4');
  assert.equal(plusMinus(figure(0.147, 0.017), latency), '147\u00a0ms\u00a0±\u00a017');
  assert.equal(plusMinus(figure(0.0123, 0), latency), '12.30\u00a0ms\u00a0±\u00a00');
  assert.equal(plusMinus(figure(12.34, 0.2), latency), '12.34\u00a0s\u00a0±\u00a00.20');
  assert.equal(plusMinus(figure(0.0456, null), latency), '45.6\u00a0ms');
  assert.equal(
    plusMinus(figure(0.01, 0.001), latency, {signs: true, units: false}),
    '+10.0\u00a0±\u00a01.0',
  );
  assert.equal(
    plusMinus(figure(-0.01, 0.001), latency, {signs: true}),
    '−10.0\u00a0ms\u00a0±\u00a01.0',
  );
  assert.equal(plusMinus(figure(1), metricOf('availability')), '100\u00a0%\u00a0±\u00a00');
  assert.equal(plusMinus({value: null, low: null, high: null}, latency), '–');
  assert.equal(plusMinus(null, latency), '–');
});

test('shares of trials and lists are written out', () => {
  const share = shareOfTrials({value: 0.9, low: 0.68, high: 0.988, trials: 20});
  assert.deepEqual(share, {times: '18 of 20', interval: '68 to 99\u00a0%'});
  assert.equal(shareOfTrials({value: null}).times, 'unknown');
  assert.equal(listed(['a', 'b', 'c']), 'a, b and c');
  assert.equal(listed(['a']), 'a');
});

test('an axis is logarithmic if figures span much, and holds bounds of zero at its edge', () => {
  const values = [figure(1, 1), figure(300, 5)];
  assert.equal(scaleOf(values, {logarithmic: false}).type, 'linear');
  const scale = scaleOf(values, {logarithmic: true});
  assert.equal(scale.type, 'log');
  assert.ok(scale.domain[0] > 0 && scale.domain[0] <= 1 && scale.domain[1] >= 305);
  assert.equal(within(values, scale)[0].low, scale.domain[0]);
  assert.equal(scaleOf([figure(10), figure(12)], {logarithmic: true}).type, 'linear');
  assert.deepEqual(scaleOf([figure(60), figure(99)], {full: 100}).domain, [0, 100]);
  assert.deepEqual(scaleOf([figure(99.2), figure(100)], {full: 100}).domain, [99, 100]);
  assert.deepEqual(scaleOf([figure(100), figure(100)], {full: 100}).domain, [99.9, 100]);
});

test('of trials there are charts with intervals, and time series say that they are of the first', async () => {
  const run = {...madeUp('one'), trials: trialsOf('one')};
  const charts = chartsOfRun(run);
  const names = charts.filter((chart) => chart.spec !== null).map((chart) => chart.name);
  for (const name of ['latency', 'availability', 'throughput', 'staleness']) {
    assert.ok(names.includes(`phases-${name}`), name);
  }
  assert.ok(names.includes('promises') && names.includes('expectations'));
  assert.match(subtitleOf(named(charts, 'throughput')), /^the first of 20 trials: /);
  assert.match(
    subtitleOf(named(charts, 'phases-latency')),
    /all trials together.*95\u00a0% intervals over 20 trials/,
  );
  assert.equal(names.filter((name) => name === 'phases-staleness').length, 1);
  for (const {name, spec} of charts) {
    if (spec === null) continue;
    const {warnings} = await drawn(spec);
    assert.deepEqual(warnings, [], name);
  }
});

test('percentiles by phase carry their bounds in milliseconds', () => {
  const charts = chartsOfRun({...madeUp('one'), trials: trialsOf('one')});
  const [bars] = marks(named(charts, 'phases-latency'), 'rule');
  const p99 = bars.data.values.find(
    ({series, percentile}) => series === 'before' && percentile === 'p99',
  );
  assert.deepEqual([p99.value, p99.low, p99.high].map(Math.round), [40, 39, 41]);
  assert.equal(bars.encoding.y.field, 'low');
  assert.equal(bars.encoding.y2.field, 'high');
  assert.ok(!bars.data.values.some(({series}) => series === 'all'), 'phases by themselves');
});

test('promises are shares of trials; what was never decided is not drawn', () => {
  const charts = chartsOfRun({...madeUp('one'), trials: trialsOf('one')});
  const spec = named(charts, 'promises');
  assert.equal(
    titleOf(spec),
    '1 of 3 promises held in every trial, 1 in none; 1 depend on chance',
  );
  const points = valuesOf(marks(spec, 'point'));
  assert.deepEqual(
    points.map(({row, text}) => [row, text]),
    [
      ['linearizable', '0 of 20'],
      ['causal', '20 of 20'],
      ['PRAM', '9 of 20'],
    ],
  );
  assert.deepEqual(marks(spec, 'rule')[0].encoding.x.scale.domain, [0, 1]);
  assert.match(
    titleOf(named(charts, 'expectations')),
    /1 of 1 expectations were not met in every trial/,
  );
});

test('a run without trials has no such charts but staleness in time', () => {
  const charts = chartsOfRun(madeUp('one'));
  assert.equal(named(charts, 'promises'), null);
  assert.match(titleOf(named(charts, 'phases-staleness')), /1500\u00a0ms old/);
  assert.match(subtitleOf(named(charts, 'phases-staleness')), /one trial/);
  assert.equal(marks(named(charts, 'phases-staleness'), 'rule')[0].data.values.length, 0);
});

test('differences stand around a line of nothing, those beyond chance filled and starred', async () => {
  const runs = ['one', 'other'].map(madeUp);
  const charts = chartsOfComparison(runs, comparisonOf(['one', 'other']));
  const spec = named(charts, 'difference-latency-p99');
  assert.match(
    titleOf(spec),
    /\+73\u00a0ms\u00a0±\u00a06 with other before; 1 of 2 differences are beyond chance/,
  );
  const [zero, bars] = marks(spec, 'rule');
  assert.deepEqual(zero.data.values, [{zero: 0}]);
  assert.deepEqual(
    bars.data.values.map(({low, high}) => [low, high].map(Math.round)),
    [
      [67, 79],
      [-21, 19],
    ],
  );
  const points = marks(spec, 'point');
  assert.deepEqual(
    points.map(({mark}) => mark.filled),
    [true, false],
  );
  assert.deepEqual(
    points.map(({data}) => data.values[0].row),
    ['before', 'during cut'],
  );
  const labels = valuesOf(marks(spec, 'text')).map(({label}) => label);
  assert.ok(
    labels.some((label) => label.endsWith('★')) && labels.some((label) => !label.endsWith('★')),
  );
  assert.match(subtitleOf(spec), /Holm's correction/);
  assert.equal(named(charts, 'difference-lost-updates'), null, 'what never differs is not drawn');
  assert.match(subtitleOf(named(charts, 'compare-latency')), /^the first of 20 trials/);
  for (const chart of charts) {
    if (chart.spec === null) continue;
    assert.deepEqual((await drawn(chart.spec)).warnings, [], chart.name);
  }
});

test('several scenarios are grouped, also if two have one name', () => {
  const names = ['one', 'other', 'other'];
  const spec = named(
    chartsOfComparison(names.map(madeUp), comparisonOf(names)),
    'difference-availability',
  );
  const {domain} = marks(spec, 'point')[0].encoding.y.scale;
  assert.deepEqual(domain, ['other (2)', 'before|1', 'other (3)', 'before|2']);
  assert.match(marks(spec, 'rule')[1].encoding.x.title, /points/);
});

test('of nothing beyond chance the title says so', () => {
  const comparison = comparisonOf(['one', 'other']);
  comparison.differences.forEach((difference) => (difference.differs = false));
  const charts = chartsOfComparison(['one', 'other'].map(madeUp), comparison);
  assert.match(
    titleOf(named(charts, 'difference-availability')),
    /no difference is beyond chance$/,
  );
});

// The charts of reports: what they show of a run made up here, and that Vega draws them.
import assert from 'node:assert/strict';
import test from 'node:test';

import {chartsOfComparison, chartsOfRun, chartsOfVerdict} from '../../tools/report/charts/index.mjs';
import {counted, percent, span} from '../../tools/report/words.mjs';
import {drawn} from './drawn.mjs';
import {madeUp, withIntervals} from './made_up.mjs';

const named = (charts, name) => charts.find((chart) => chart.name === name).spec;
const layers = (spec) => (spec.layer ?? [spec]).flatMap((layer) => layer.layer ?? [layer]);
/** The values of the layer that draws lines. */
const lines = (spec) => layers(spec).find((layer) => layer.mark.type === 'line').data.values;
const at = (spec, time) => lines(spec).find((value) => value.time === time)?.value;

test('figures keep their unit beside them', () => {
  assert.equal(percent(0.2374), '23.7\u00a0%');
  assert.equal(percent(1), '100\u00a0%');
  assert.equal(percent(0.99973), '99.973\u00a0%');
  assert.equal(span(0.0005), '0.50\u00a0ms');
  assert.equal(span(12.34), '12.3\u00a0s');
  assert.equal(span(null), '–');
  assert.equal(counted(1, 'election'), '1 election');
  assert.equal(counted(1200, 'key'), '1,200 keys');
});

test('counts stand in the middle of their interval, samples at its end', () => {
  const charts = chartsOfRun(madeUp('one'));
  assert.equal(at(named(charts, 'throughput'), 4.5), 5);
  assert.equal(at(named(charts, 'throughput'), 3.5), 10);
  assert.equal(at(named(charts, 'diverged-keys'), 5), 7);
  assert.equal(at(named(charts, 'diverged-keys'), 4), 0);
});

test('staleness in time climbs while a fault lasts, mean and worst', () => {
  const spec = named(chartsOfRun(madeUp('one')), 'staleness-in-time');
  const values = lines(spec).filter(({series}) => series === 'the stalest read');
  assert.deepEqual(
    values.slice(3, 7).map(({time, value}) => [time, value]),
    [
      [3.5, 0.2],
      [4.5, 2],
      [5.5, 3],
      [6.5, 0.2],
    ],
  );
  assert.match(spec.title.text.join(' '), /3000\u00a0ms, at 5\.5 s/);
});

test('faults are shaded for as long as they last', () => {
  for (const chart of chartsOfRun(madeUp('one'))) {
    if (['latency-distribution', 'consistency'].includes(chart.name)) continue;
    if (chart.name.startsWith('phases-')) continue;
    if (chart.absent === null) continue; // of trials
    const shade = layers(chart.spec).find((layer) => layer.mark.type === 'rect');
    const [fault] = shade.data.values;
    const within = chart.name === 'spacetime' ? [0, 800] : [4, 6];
    assert.deepEqual([fault.from, Math.round(fault.to)], within, chart.name);
  }
});

test('a run shows how sure its latencies are, as far as it can tell', () => {
  const spec = named(chartsOfRun(withIntervals(madeUp('one'))), 'phases-latency');
  const texts = JSON.stringify(spec);
  assert.ok(texts.includes('"percentile":"p50"') && texts.includes('20.0'), texts);
  assert.ok(texts.includes('"percentile":"p90"') && !texts.includes('"percentile":"p99"'), texts);
  const bars = layers(spec).find((layer) => layer.mark.type === 'rule').data.values;
  assert.deepEqual(bars.map(({low, high}) => [low, Math.round(high)]), [[18, 23]]);
  assert.match(spec.title.text.join(' '), /^The median latency is 20\.0/);
});

test('the hierarchy shows what held, what broke, and where first', () => {
  const spec = named(chartsOfRun(madeUp('one')), 'consistency');
  const texts = JSON.stringify(spec);
  for (const words of ['✗ linearizable', '✓ causal', '? convergence', '4.50 s', 'near']) {
    assert.ok(texts.includes(words), words);
  }
});

test('a comparison shows the region that is worst off', () => {
  const charts = chartsOfComparison([madeUp('one'), madeUp('other')]);
  const spec = named(charts, 'compare-availability');
  assert.equal(at(spec, 4.5), 0);
  assert.equal(at(spec, 6.5), 1);
  assert.match(spec.title.text.join(' '), /worst region/);
});

test('runs on one spot of the PACELC picture can be told apart', () => {
  const spec = named(chartsOfComparison([madeUp('one'), madeUp('other')]), 'pacelc-partition');
  const [points] = layers(spec);
  const {color, shape} = points.encoding;
  assert.deepEqual(color.scale.domain, ['one', 'other']);
  assert.equal(new Set(color.scale.range).size, 2);
  assert.equal(new Set(shape.scale.range).size, 2);
  assert.equal(points.mark.filled, false);
});

test('messages that arrive after the filmed stretch stay inside the picture', () => {
  const spec = named(chartsOfRun(madeUp('one')), 'spacetime');
  const arrows = layers(spec).find((layer) => layer.mark.type === 'rule');
  const [, end] = arrows.encoding.x.scale.domain;
  assert.equal(Math.round(end), 800); // four times the filmed 200 ms
  assert.ok(arrows.data.values[0].received < end);
  assert.ok(arrows.data.values[1].received > end);
  for (const layer of layers(spec)) {
    if (['rule', 'point'].includes(layer.mark.type) && layer.mark.shape !== 'cross') {
      assert.equal(layer.mark.clip, true);
    }
  }
});

test('Vega draws every chart without a warning', async () => {
  const run = withIntervals(madeUp('one'));
  for (const chart of [...chartsOfRun(run), ...chartsOfComparison([run, madeUp('other')])]) {
    if (chart.absent === null) continue; // of trials
    assert.notEqual(chart.spec, null, chart.name);
    const {svg, warnings} = await drawn(chart.spec);
    assert.deepEqual(warnings, [], chart.name);
    const title = chart.spec.title.text[0].replaceAll('"', '&quot;');
    assert.ok(svg.includes(title.split('&')[0]), chart.name);
  }
});

const call = (id, session, what, invoked, completed, outcome = 'ok') => ({
  id,
  session,
  what,
  outcome,
  invoked,
  completed,
});

test('a witness is drawn with its calls, and the one that fits nowhere in its own colour', async () => {
  const verdict = {
    model: 'register',
    level: 'linearizable',
    violations: 1,
    counts_events: true,
    witness: [
      {
        explanation: 'no order explains it.',
        key: '4',
        culprit: 2,
        operations: [
          call(0, 0, 'write of 1', 1, 2),
          call(1, 7, 'write of 2', 3, null, 'unknown'),
          call(2, 1, 'read of nothing', 4, 5),
        ],
      },
    ],
  };
  const [{spec}] = chartsOfVerdict(verdict);
  const bars = spec.layer[0].data.values;
  assert.deepEqual(
    bars.map((bar) => [bar.lane, bar.text, bar.role]),
    [
      ['process 0', 'write 1', 'answered'],
      ['process 7', 'write 2 (unknown)', 'outcome unknown'],
      ['process 1', 'read nothing', 'fits nowhere'],
    ],
  );
  assert.ok(bars[1].to > bars[2].to, 'a call without an answer goes on to the end');
  assert.deepEqual((await drawn(spec)).warnings, []);
});

test('very many calls are drawn from the last ones', () => {
  const operations = Array.from({length: 200_000}, (_, id) =>
    call(id, id % 3, 'write of 1', 2 * id, 2 * id + 1),
  );
  const [{spec}] = chartsOfVerdict({
    model: 'register',
    level: 'linearizable',
    violations: 1,
    counts_events: true,
    witness: [{explanation: '', key: '0', culprit: 199_999, operations}],
  });
  assert.equal(spec.layer[0].data.values.length, 60);
});

test('of transactions the cycle is drawn, and nothing where there is none', async () => {
  const cycle = [
    {from: 'T1', to: 'T2', kind: 'rw', reason: 'a'},
    {from: 'T2', to: 'T1', kind: 'wr', reason: 'b'},
  ];
  const verdict = {
    model: 'txn',
    level: 'serializable',
    anomalies: [
      {anomaly: 'G1a', witness: [{cycle: [], explanation: ''}]},
      {anomaly: 'G-single', witness: [{cycle, explanation: 'circular'}]},
    ],
  };
  const [{spec}] = chartsOfVerdict(verdict);
  assert.deepEqual(
    spec.layer.at(-1).data.values.map((node) => node.name),
    ['T1', 'T2'],
  );
  assert.deepEqual((await drawn(spec)).warnings, []);
  verdict.anomalies.pop();
  assert.equal(chartsOfVerdict(verdict)[0].spec, null);
});

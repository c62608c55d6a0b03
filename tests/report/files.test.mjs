// The program as a whole: what it leaves in a folder, and that it leaves nothing when its input is
// broken: one message, exit status 2.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'node:test';
import {fileURLToPath} from 'node:url';

import {comparisonOf, madeUp, parameter, sweepOf, trialsOf} from './made_up.mjs';

const program = fileURLToPath(new URL('../../tools/report/report.mjs', import.meta.url));

/** Calls `use` with an empty folder, which is gone afterwards. */
function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

function write(path, value) {
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
}

function run(...words) {
  const {status, stdout, stderr} = spawnSync('node', [program, ...words], {encoding: 'utf8'});
  return {status, stdout, stderr};
}

// A page is too long to be printed by a failing assertion.
const has = (page, words) => assert.ok(words.test(page), `no ${words}`);
const lacks = (page, words) => assert.ok(!words.test(page), `${words} is there`);

/** A folder as `run --out` leaves it. */
function writeRun(folder, name, trials) {
  mkdirSync(folder, {recursive: true});
  write(join(folder, 'result.json'), madeUp(name).result);
  if (trials !== undefined) write(join(folder, 'trials.json'), trials);
}

function assertRefused(folder, words, message) {
  const before = readdirSync(folder, {recursive: true}).sort();
  const {status, stdout, stderr} = run(...words);
  assert.equal(status, 2, stderr);
  assert.equal(stdout, '');
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.match(stderr, message);
  assert.deepEqual(
    readdirSync(folder, {recursive: true}).sort(),
    before,
    'something was written',
  );
}

const goodSweep = () =>
  sweepOf(
    [parameter('read_quorum', [1, 2])],
    [
      {values: [1], p99: 0.01, stale: 0.1},
      {values: [2], p99: 0.05, stale: 0.0},
    ],
  );

test('a sweep leaves a page with its points and pictures', () =>
  inFolder((folder) => {
    write(join(folder, 'sweep.json'), goodSweep());
    for (const words of [[folder], ['--sweep', folder]]) {
      assert.deepEqual(run(...words), {status: 0, stdout: '', stderr: ''});
      const page = readFileSync(join(folder, 'sweep.html'), 'utf8');
      has(page, /<h1>made-up: a sweep<\/h1>\n<p>Made up<\/p>/);
      has(page, /read_quorum <span class="dim">\(\/services\/store\/read_quorum\)/);
      has(page, /1 ★/);
      const files = readdirSync(folder);
      for (const name of ['pareto', 'lines-latency-p99', 'lines-stale-fraction']) {
        assert.ok(files.includes(`${name}.svg`) && files.includes(`${name}.vl.json`), name);
      }
      assert.ok(!files.some((name) => name.endsWith('.partial')));
      assert.ok(!files.includes('report.html'), 'there is no run');
      rmSync(join(folder, 'sweep.html'));
    }
  }));

test('a sweep written by hand, with gaps, is drawn', () =>
  inFolder((folder) => {
    write(
      join(folder, 'sweep.json'),
      readFileSync(new URL('sweep.json', import.meta.url), 'utf8'),
    );
    assert.deepEqual(run(folder), {status: 0, stdout: '', stderr: ''});
    const page = readFileSync(join(folder, 'sweep.html'), 'utf8');
    has(page, /Not drawn: <span class="bad">1 point failed/);
    has(page, /<td>1 ★<\/td><td>20ms<\/td><td>19\.00\u00a0ms\u00a0±\u00a00\.10<\/td><td>–<\/td>/);
    const {layer} = JSON.parse(readFileSync(join(folder, 'lines-latency-p99.vl.json'), 'utf8'));
    const {scale, axis} = layer[0].encoding.x;
    assert.ok(scale.domain[0] < 0.02 && scale.domain[1] > 0.05);
    assert.deepEqual(axis.values, [0.02, 0.05]);
  }));

test('texts of a sweep cannot break its page', () =>
  inFolder((folder) => {
    const sweep = goodSweep();
    sweep.scenario = '</script><script>alert(1)</script>';
    sweep.parameters[0].name = '<b>';
    write(join(folder, 'sweep.json'), sweep);
    assert.equal(run(folder).status, 0);
    const page = readFileSync(join(folder, 'sweep.html'), 'utf8');
    lacks(page, /<script>alert/);
    lacks(page, /<(li|th|td)><b>/);
  }));

test('a sweep in which nothing differs, or of which nothing is done, says so', () =>
  inFolder((folder) => {
    const parameters = [parameter('read_quorum', [1, 2])];
    write(join(folder, 'sweep.json'), sweepOf(parameters, [{values: [1]}, {values: [2]}]));
    assert.equal(run(folder).status, 0);
    has(readFileSync(join(folder, 'sweep.html'), 'utf8'), /No figure differs between points/);
    write(join(folder, 'sweep.json'), sweepOf(parameters, [{values: [1], failed: true}]));
    assert.equal(run(folder).status, 0);
    has(readFileSync(join(folder, 'sweep.html'), 'utf8'), /1 point failed/);
  }));

test('a report of trials has their intervals in its tables', () =>
  inFolder((folder) => {
    writeRun(folder, 'one', trialsOf('one'));
    assert.deepEqual(run(folder), {status: 0, stdout: '', stderr: ''});
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    has(page, /20 trials, seed 1 and others; ± is half of a 95\u00a0% interval/);
    has(page, /40\.0\u00a0ms\u00a0±\u00a01\.0/);
    has(page, /9 of 20<\/td><td>23 to 68\u00a0%/);
    has(page, /<h2>The first trial<\/h2>/);
  }));

test('a report of one trial says so, also where trials were before', () =>
  inFolder((folder) => {
    writeRun(folder, 'one', trialsOf('one'));
    assert.equal(run(folder).status, 0);
    rmSync(join(folder, 'trials.json'));
    writeRun(folder, 'one');
    assert.equal(run(folder).status, 0);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    has(page, /seed 1, one trial/);
    lacks(page, /±/);
    lacks(page, /<li>promises/);
    const files = readdirSync(folder);
    assert.ok(!files.includes('promises.svg') && !files.includes('phases-latency.vl.json'));
    assert.ok(files.includes('phases-staleness.svg'));
  }));

test('a comparison of trials has differences in its table and names the correction', () =>
  inFolder((folder) => {
    const folders = ['one', 'other'].map((name) => join(folder, name));
    ['one', 'other'].forEach((name, i) => writeRun(folders[i], name, trialsOf(name)));
    write(join(folder, 'comparison.json'), comparisonOf(['one', 'other']));
    assert.deepEqual(run('--compare', folder, ...folders), {status: 0, stdout: '', stderr: ''});
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    has(page, /\+73\u00a0ms\u00a0±\u00a06 ★/);
    has(page, /other: 2 of 4 figures differ beyond chance/);
    has(page, /by Holm&#39;s correction|by Holm's correction/);
    assert.ok(readdirSync(folder).includes('difference-latency-p99.svg'));
  }));

/** A change to a document, and what the refusal must say. */
const brokenSweeps = [
  [() => '{"points": [', /sweep\.json: not JSON/],
  [() => '[]', /sweep\.json: has no "sweep"/],
  [() => 'null', /sweep\.json: has no "sweep"/],
  [(s) => ({...s, points: []}), /\/points: empty/],
  [(s) => ({...s, parameters: {}}), /\/parameters: not a list/],
  [(s) => ({...s, trials: 0}), /\/trials: not a number/],
  [(s) => ({...s, confidence: 95}), /\/confidence/],
  [(s) => ({...s, base: 7}), /\/base/],
  [(s) => ((s.parameters[0].kind = 'colour'), s), /\/parameters\/0\/kind/],
  [(s) => ((s.parameters[0].numbers = [1]), s), /\/parameters\/0\/numbers/],
  [(s) => ((s.points[1].status = 'lost'), s), /\/points\/1\/status/],
  [(s) => (delete s.points[0].values, s), /\/points\/0\/values/],
  [(s) => (delete s.points[0].summary, s), /\/points\/0\/summary/],
  [(s) => ((s.points[0].summary.workloads = []), s), /\/points\/0\/summary\/workloads/],
  [
    (s) => ((s.points[0].summary.workloads.shoppers.phases.all.latency.p99 = 3), s),
    /\/phases\/all\/latency\/p99: not figures/,
  ],
  [
    (s) => ((s.points[0].summary.workloads.shoppers.phases.all.goodput.low = 'x'), s),
    /\/goodput\/low: not a number/,
  ],
  [
    (s) => ((s.points[0].summary.workloads.shoppers.phases.all.goodput.low = 1e9), s),
    /\/goodput: an interval beside its value/,
  ],
];

test('a broken sweep is refused in one line, with nothing written', () =>
  inFolder((folder) => {
    for (const [broken, message] of brokenSweeps) {
      write(join(folder, 'sweep.json'), broken(goodSweep()));
      assertRefused(folder, [folder], message);
    }
    rmSync(join(folder, 'sweep.json'));
    assertRefused(folder, ['--sweep', folder], /sweep\.json: cannot be read: ENOENT/);
    assertRefused(
      folder,
      ['--sweep', join(folder, 'nowhere')],
      /nowhere: there is no such folder/,
    );
  }));

test('broken trials and comparisons are refused in one line, with nothing written', () =>
  inFolder((folder) => {
    const one = join(folder, 'one');
    for (const [trials, message] of [
      ['{', /trials\.json: not JSON/],
      [[], /trials\.json: has no "scenario"/],
      [trialsOf('another'), /trials\.json: of "another", but result\.json beside it is of "one"/],
      [{...trialsOf('one'), workloads: {shoppers: {}}}, /\/workloads\/shoppers\/phases: missing/],
      [{...trialsOf('one'), checks: {causal: {held: 1}}}, /\/checks\/causal\/held/],
      [{...trialsOf('one'), expectations: [{}]}, /\/expectations\/0\/text/],
    ]) {
      writeRun(one, 'one', trials);
      assertRefused(folder, [one], message);
    }
    const other = join(folder, 'other');
    writeRun(one, 'one', trialsOf('one'));
    writeRun(other, 'other', trialsOf('other'));
    for (const [comparison, message] of [
      ['', /comparison\.json: not JSON/],
      [{}, /comparison\.json: has no "baseline"/],
      [comparisonOf(['one', 'third']), /comparison\.json: of other scenarios than the results/],
      [{...comparisonOf(['one', 'other']), differences: [{}]}, /\/differences\/0\/value/],
      [
        (() => {
          const comparison = comparisonOf(['one', 'other']);
          comparison.differences[0].position = 2;
          return comparison;
        })(),
        /\/differences\/0\/position: of no scenario/,
      ],
    ]) {
      write(join(folder, 'comparison.json'), comparison);
      assertRefused(folder, ['--compare', folder, one, other], message);
    }
  }));

test('of several folders none is drawn if one is broken', () =>
  inFolder((folder) => {
    const [good, bad] = ['good', 'bad'].map((name) => join(folder, name));
    mkdirSync(good);
    mkdirSync(bad);
    write(join(good, 'sweep.json'), goodSweep());
    write(join(bad, 'sweep.json'), '{');
    assertRefused(folder, [good, bad], /bad\/sweep\.json: not JSON/);
  }));

test('no words, or wrong ones, are told the usage', () => {
  for (const words of [[], ['--compare'], ['--sweep'], ['--verdict']]) {
    const {status, stderr} = run(...words);
    assert.equal(status, 2);
    assert.match(stderr, /^usage: /);
  }
});

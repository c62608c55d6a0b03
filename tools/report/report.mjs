// Draws reports from result directories:
//   node report.mjs DIR...                      report.html and charts in each directory;
//                                               sweep.html where there is a sweep.json
//   node report.mjs --sweep DIR                 the sweep alone
//   node report.mjs --compare OUT DIR DIR...    a comparison of several runs in OUT; of trials if
//                                               there is a comparison.json
//   node report.mjs --verdict DIR               the witness of DIR/verdict.json as a picture
// Exit status: 0 drawn, 2 bad input, 3 internal fault.
import {createRequire} from 'node:module';
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';

import {
  chartsOfComparison,
  chartsOfRun,
  chartsOfSweep,
  chartsOfVerdict,
} from './charts/index.mjs';
import {BadInput, readJson} from './json.mjs';
import {comparisonPage} from './pages/comparison.mjs';
import {runPage} from './pages/run.mjs';
import {sweepPage} from './pages/sweep.mjs';
import {pictured} from './picture.mjs';
import {readRun, requireFolder} from './read.mjs';
import {readComparison, readSweep} from './summaries.mjs';

/** Writes all of {path, text} beside their places, then renames them: all of them or none. */
function writeAll(files) {
  const beside = ({path}) => `${path}.partial`;
  for (const file of files) {
    try {
      mkdirSync(dirname(file.path), {recursive: true});
      writeFileSync(beside(file), file.text);
    } catch (error) {
      files.forEach((each) => rmSync(beside(each), {force: true}));
      throw new BadInput(`${file.path}: cannot be written: ${error.code}`);
    }
  }
  files.forEach((file) => renameSync(beside(file), file.path));
}

/** The browser's builds of Vega, to be inlined in pages. */
function runtimeSources() {
  const require = createRequire(import.meta.url);
  const root = (name) => {
    for (const folder of require.resolve.paths(name)) {
      try {
        return readFileSync(join(folder, name, 'build', `${name}.min.js`), 'utf8');
      } catch {
        continue; // not in this folder
      }
    }
    throw new Error(`${name} is not installed (tools/setup installs it)`);
  };
  return ['vega', 'vega-lite', 'vega-embed'].map((name) =>
    root(name).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
  );
}

function sweepIn(directory) {
  requireFolder(directory);
  return {directory, sweep: readSweep(join(directory, 'sweep.json'))};
}

/** Runs of one name are told apart by their folders. */
function named(runs) {
  const names = runs.map((run) => run.result.scenario);
  return runs.map((run) => {
    const {scenario} = run.result;
    if (names.indexOf(scenario) === names.lastIndexOf(scenario)) return run;
    const name = `${scenario} (${basename(run.directory)})`;
    return {...run, result: {...run.result, scenario: name}};
  });
}

/** What is drawn, and written only when all of it is there. */
class Drawing {
  #files = [];

  add(path, text) {
    this.#files.push({path, text});
  }

  /** Draws charts and keeps each one's picture for its page; absent ones of an earlier run go. */
  async charts(charts, folder) {
    for (const chart of charts) {
      const files = ['vl.json', 'svg'].map((kind) => join(folder, `${chart.name}.${kind}`));
      if (chart.spec === null) {
        files.forEach((file) => this.add(file, null));
        continue;
      }
      chart.svg = await pictured(chart);
      this.add(files[0], `${JSON.stringify(chart.spec, null, 1)}\n`);
      this.add(files[1], `${chart.svg}\n`);
    }
  }

  write() {
    writeAll(this.#files.filter(({text}) => text !== null));
    const gone = this.#files.filter(({text}) => text === null);
    gone.forEach(({path}) => rmSync(path, {force: true}));
  }
}

async function drawComparison(drawing, out, folders) {
  const runs = folders.map(readRun);
  const trials = join(out, 'comparison.json');
  const comparison = existsSync(trials) ? readComparison(trials, runs) : null;
  const apart = named(runs);
  const charts = chartsOfComparison(apart, comparison);
  await drawing.charts(charts, out);
  const links = folders.map((folder) => `${relative(out, folder) || '.'}/report.html`);
  const page = comparisonPage(apart, comparison, charts, runtimeSources(), links);
  drawing.add(join(out, 'report.html'), page);
}

async function drawRun(drawing, run, runtime) {
  const charts = chartsOfRun(run);
  await drawing.charts(charts, run.directory);
  drawing.add(join(run.directory, 'report.html'), runPage(run, charts, runtime));
}

async function drawSweep(drawing, {directory, sweep}, runtime) {
  const charts = chartsOfSweep(sweep);
  await drawing.charts(charts, directory);
  drawing.add(join(directory, 'sweep.html'), sweepPage(sweep, charts, runtime));
}

const usage = 'usage: report.mjs DIR... | --sweep DIR | --compare OUT DIR DIR... | --verdict DIR';

async function main(words) {
  const drawing = new Drawing();
  if (words[0] === '--compare') {
    const [out, ...folders] = words.slice(1);
    if (out === undefined || folders.length === 0) throw new BadInput(usage);
    await drawComparison(drawing, out, folders);
  } else if (words[0] === '--verdict') {
    if (words.length !== 2) throw new BadInput(usage);
    const verdict = readJson(join(words[1], 'verdict.json'));
    await drawing.charts(chartsOfVerdict(verdict), words[1]);
  } else if (words[0] === '--sweep') {
    if (words.length !== 2) throw new BadInput(usage);
    await drawSweep(drawing, sweepIn(words[1]), runtimeSources());
  } else {
    if (words.length === 0) throw new BadInput(usage);
    const swept = (folder) => existsSync(join(folder, 'sweep.json'));
    const ran = (folder) => !swept(folder) || existsSync(join(folder, 'result.json'));
    const sweeps = words.filter(swept).map(sweepIn);
    const runs = words.filter(ran).map(readRun);
    const runtime = runtimeSources();
    for (const sweep of sweeps) await drawSweep(drawing, sweep, runtime);
    for (const run of runs) await drawRun(drawing, run, runtime);
  }
  drawing.write();
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(
    error instanceof BadInput ? error.message : `report: internal fault: ${error.stack}`,
  );
  process.exitCode = error instanceof BadInput ? 2 : 3;
}

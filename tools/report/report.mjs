// Draws reports from result directories:
//   node report.mjs DIR...                      report.html and charts in each directory
//   node report.mjs --compare OUT DIR DIR...    a comparison of several runs in OUT
//   node report.mjs --verdict DIR               the witness of DIR/verdict.json as a picture
// Exit status: 0 drawn, 2 bad input, 3 internal fault.
import {createRequire} from 'node:module';
import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';

import {chartsOfComparison, chartsOfRun, chartsOfVerdict} from './charts/index.mjs';
import {comparisonPage, runPage} from './html.mjs';
import {BadInput, readRun} from './read.mjs';

/** Writes beside and renames, so that nobody sees half a file. */
function write(path, text) {
  const beside = `${path}.partial`;
  try {
    mkdirSync(dirname(path), {recursive: true});
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, {force: true});
    throw new BadInput(`${path}: cannot be written: ${error.code}`);
  }
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

async function draw(charts, folder) {
  const vega = await import('vega');
  const vegaLite = await import('vega-lite');
  for (const chart of charts) {
    const files = ['vl.json', 'svg'].map((kind) => join(folder, `${chart.name}.${kind}`));
    if (chart.spec === null) {
      files.forEach((file) => rmSync(file, {force: true})); // of an earlier run
      continue;
    }
    const warnings = [];
    const logger = {
      level: () => logger,
      warn: (...m) => (warnings.push(m.join(' ')), logger),
      info: () => logger,
      debug: () => logger,
      error: (...m) => (warnings.push(m.join(' ')), logger),
    };
    const {spec} = vegaLite.compile(chart.spec, {logger});
    if (warnings.length > 0) throw new Error(`chart ${chart.name}: ${warnings.join('; ')}`);
    chart.svg = await new vega.View(vega.parse(spec), {renderer: 'none'}).toSVG();
    write(files[0], `${JSON.stringify(chart.spec, null, 1)}\n`);
    write(files[1], `${chart.svg}\n`);
  }
}

async function main(words) {
  if (words[0] === '--compare') {
    const [out, ...folders] = words.slice(1);
    if (out === undefined || folders.length === 0)
      throw new BadInput('usage: report.mjs --compare OUT DIR DIR...');
    const runs = named(folders.map(readRun));
    const charts = chartsOfComparison(runs);
    await draw(charts, out);
    const links = folders.map((folder) => `${relative(out, folder) || '.'}/report.html`);
    write(join(out, 'report.html'), comparisonPage(runs, charts, runtimeSources(), links));
    return;
  }
  if (words[0] === '--verdict') {
    const folder = words[1];
    const verdict = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'));
    await draw(chartsOfVerdict(verdict), folder);
    return;
  }
  if (words.length === 0)
    throw new BadInput('usage: report.mjs DIR... | --compare OUT DIR DIR...');
  const runs = words.map(readRun);
  const runtime = runtimeSources();
  for (const run of runs) {
    const charts = chartsOfRun(run);
    await draw(charts, run.directory);
    write(join(run.directory, 'report.html'), runPage(run, charts, runtime));
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(
    error instanceof BadInput ? error.message : `report: internal fault: ${error.stack}`,
  );
  process.exitCode = error instanceof BadInput ? 2 : 3;
}

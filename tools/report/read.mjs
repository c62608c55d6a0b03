// Reads what a run has left in its directory. Whatever cannot be used is a BadInput with its place.
import {existsSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';

import {BadInput, readJson, requireMembers} from './json.mjs';
import {readTrials} from './summaries.mjs';

/** The rows of timeseries.csv: {time, scope, name, metric, value}. */
function readSeries(path) {
  if (!existsSync(path)) return [];
  const [header, ...lines] = readFileSync(path, 'utf8').split('\n');
  if (header.trim() !== 'time,scope,name,metric,value') {
    throw new BadInput(`${path}:1: the heading is not "time,scope,name,metric,value"`);
  }
  const rows = [];
  lines.forEach((line, index) => {
    if (line === '') return;
    const [time, scope, name, metric, value] = line.split(',');
    if (
      value === undefined ||
      !Number.isFinite(Number(time)) ||
      !Number.isFinite(Number(value))
    ) {
      throw new BadInput(
        `${path}:${index + 2}: not a row of five columns with numbers first and last`,
      );
    }
    rows.push({time: Number(time), scope, name, metric, value: Number(value)});
  });
  return rows;
}

export function requireFolder(directory) {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new BadInput(`${directory}: there is no such folder`);
  }
}

/**
 * A run: its result, its time series, if a check failed the messages around the violation, and if
 * it is the first of several trials, the summary of all.
 */
export function readRun(directory) {
  requireFolder(directory);
  const path = join(directory, 'result.json');
  const result = readJson(path);
  requireMembers(path, result, [
    'scenario',
    'phases',
    'faults',
    'workloads',
    'services',
    'checks',
    'measured',
  ]);
  const repeated = join(directory, 'trials.json');
  const filmed = join(directory, 'spacetime.json');
  return {
    directory,
    result,
    series: readSeries(join(directory, 'timeseries.csv')),
    spacetime: existsSync(filmed) ? readJson(filmed) : null,
    trials: existsSync(repeated) ? readTrials(repeated, result) : null,
  };
}

/** Rows of one scope and some metrics; of one name if given. */
export function rows(run, scope, metrics, name) {
  return run.series.filter(
    (row) =>
      row.scope === scope &&
      metrics.includes(row.metric) &&
      (name === undefined || row.name === name),
  );
}

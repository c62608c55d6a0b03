// Reads what a run has left in its directory. Whatever cannot be used is a BadInput with its place.
import {existsSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';

export class BadInput extends Error {}

function readJson(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadInput(
      `${path}: cannot be read: ${error.code} (name a folder that "faultline run --out" has written)`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadInput(`${path}: not JSON: ${error.message} (run the scenario again)`);
  }
}

function requireMembers(path, value, members) {
  for (const member of members) {
    if (value === null || typeof value !== 'object' || !(member in value)) {
      throw new BadInput(`${path}: has no "${member}" (is it a result of another version?)`);
    }
  }
}

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

/** A run: its result, its time series and, if a check failed, the messages around the violation. */
export function readRun(directory) {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new BadInput(`${directory}: there is no such folder`);
  }
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
  const filmed = join(directory, 'spacetime.json');
  return {
    directory,
    result,
    series: readSeries(join(directory, 'timeseries.csv')),
    spacetime: existsSync(filmed) ? readJson(filmed) : null,
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

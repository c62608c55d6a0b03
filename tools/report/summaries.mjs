// Reads what many runs leave together: trials.json, comparison.json and sweep.json. A summary is
// checked to its last figure, so that a chart is never half drawn because of one that is not there.
import {BadInput, isObject, readJson, requireMembers} from './json.mjs';

const isFigure = (value) => value === null || (typeof value === 'number' && isFinite(value));

function refuse(path, pointer, what) {
  throw new BadInput(`${path}: ${pointer}: ${what} (was it written by another version?)`);
}

function checkEstimate(path, pointer, estimate) {
  if (!isObject(estimate)) refuse(path, pointer, 'not a figure with its interval');
  for (const member of ['value', 'low', 'high']) {
    if (!isFigure(estimate[member])) refuse(path, `${pointer}/${member}`, 'not a number');
  }
  const {value, low, high} = estimate;
  if ((low !== null && low > value) || (high !== null && high < value)) {
    refuse(path, pointer, 'an interval beside its value');
  }
}

/** Estimates, under any names. */
function checkFigures(path, pointer, figures) {
  if (!isObject(figures)) refuse(path, pointer, 'not figures');
  if ('value' in figures) return checkEstimate(path, pointer, figures);
  for (const [name, value] of Object.entries(figures)) {
    checkFigures(path, `${pointer}/${name}`, value);
  }
}

function checkSummary(path, pointer, summary) {
  if (!isObject(summary)) refuse(path, pointer, 'not a summary of trials');
  for (const member of ['workloads', 'checks']) {
    if (!isObject(summary[member])) refuse(path, `${pointer}/${member}`, 'missing');
  }
  for (const [name, workload] of Object.entries(summary.workloads)) {
    const at = `${pointer}/workloads/${name}/phases`;
    if (!isObject(workload) || !isObject(workload.phases)) refuse(path, at, 'missing');
    if (!isObject(workload.phases.all)) refuse(path, `${at}/all`, 'missing');
    checkFigures(path, at, workload.phases);
  }
  for (const [name, check] of Object.entries(summary.checks)) {
    checkEstimate(path, `${pointer}/checks/${name}/held`, check?.held);
  }
  if (!Array.isArray(summary.expectations)) refuse(path, `${pointer}/expectations`, 'missing');
  summary.expectations.forEach((expectation, i) => {
    const at = `${pointer}/expectations/${i}`;
    if (typeof expectation?.text !== 'string') refuse(path, `${at}/text`, 'not a text');
    checkEstimate(path, `${at}/met`, expectation.met);
  });
}

function checkCount(path, pointer, value) {
  if (!Number.isInteger(value) || value < 1) refuse(path, pointer, 'not a number of at least 1');
}

function checkConfidence(path, pointer, value) {
  if (!(isFigure(value) && value > 0 && value < 1)) refuse(path, pointer, 'not a share');
}

/** The trials of which `result` is the first. */
export function readTrials(path, result) {
  const trials = readJson(path);
  requireMembers(path, trials, ['scenario', 'trials', 'confidence', 'workloads', 'checks']);
  checkCount(path, '/trials', trials.trials);
  checkConfidence(path, '/confidence', trials.confidence);
  checkSummary(path, '', trials);
  if (trials.scenario !== result.scenario) {
    throw new BadInput(
      `${path}: of "${trials.scenario}", but result.json beside it is of "${result.scenario}" (run the trials again)`,
    );
  }
  return trials;
}

/** What trials of several scenarios differ in; `runs` are the first trials of each, in order. */
export function readComparison(path, runs) {
  const comparison = readJson(path);
  requireMembers(path, comparison, [
    'baseline',
    'trials',
    'confidence',
    'correction',
    'differences',
    'scenarios',
  ]);
  checkCount(path, '/trials', comparison.trials);
  checkConfidence(path, '/confidence', comparison.confidence);
  for (const member of ['scenarios', 'differences']) {
    if (!Array.isArray(comparison[member])) refuse(path, `/${member}`, 'not a list');
  }
  comparison.scenarios.forEach((summary, i) => checkSummary(path, `/scenarios/${i}`, summary));
  comparison.differences.forEach((difference, i) => {
    const at = `/differences/${i}`;
    checkEstimate(path, at, difference);
    for (const member of ['workload', 'phase', 'metric']) {
      if (typeof difference[member] !== 'string') refuse(path, `${at}/${member}`, 'not a text');
    }
    if (typeof difference.differs !== 'boolean')
      refuse(path, `${at}/differs`, 'not true or false');
    if (!(difference.position >= 1 && difference.position < comparison.scenarios.length)) {
      refuse(path, `${at}/position`, 'of no scenario');
    }
  });
  const names = comparison.scenarios.map((summary) => summary.scenario);
  if (JSON.stringify(names) !== JSON.stringify(runs.map((run) => run.result.scenario))) {
    throw new BadInput(`${path}: of other scenarios than the results (compare them again)`);
  }
  return comparison;
}

const kinds = ['number', 'text', 'boolean'];

function checkParameter(path, at, parameter) {
  if (typeof parameter?.pointer !== 'string') refuse(path, `${at}/pointer`, 'not a text');
  if (typeof parameter.name !== 'string') refuse(path, `${at}/name`, 'not a text');
  if (!Array.isArray(parameter.values)) refuse(path, `${at}/values`, 'not a list');
  if (!kinds.includes(parameter.kind)) refuse(path, `${at}/kind`, `not ${kinds.join(', ')}`);
  const numbers = parameter.numbers ?? null;
  if (numbers === null) return;
  const sound =
    Array.isArray(numbers) &&
    numbers.length === parameter.values.length &&
    numbers.every((number) => number !== null && isFigure(number));
  if (!sound) refuse(path, `${at}/numbers`, 'not a number for each value');
}

/** A sweep: its parameters and the points in which they were tried. */
export function readSweep(path) {
  const sweep = readJson(path);
  requireMembers(path, sweep, ['sweep', 'plan', 'trials', 'confidence', 'parameters', 'points']);
  checkCount(path, '/trials', sweep.trials);
  checkConfidence(path, '/confidence', sweep.confidence);
  for (const member of ['parameters', 'points']) {
    if (!Array.isArray(sweep[member])) refuse(path, `/${member}`, 'not a list');
    if (sweep[member].length === 0) refuse(path, `/${member}`, 'empty');
  }
  if (!isObject(sweep.base ?? {})) refuse(path, '/base', 'not the values of the scenario');
  sweep.parameters.forEach((parameter, i) => checkParameter(path, `/parameters/${i}`, parameter));
  sweep.points.forEach((point, i) => {
    const at = `/points/${i}`;
    if (!isObject(point?.values)) refuse(path, `${at}/values`, 'missing');
    if (!['done', 'failed', 'open'].includes(point.status)) {
      refuse(path, `${at}/status`, 'neither done, nor failed, nor open');
    }
    if (point.status === 'done') checkSummary(path, `${at}/summary`, point.summary);
  });
  return {...sweep, base: sweep.base ?? {}};
}

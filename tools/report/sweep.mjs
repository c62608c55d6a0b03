// Questions to a sweep: which points there are, what each measured, which parameters matter, and
// which points no other beats.
import {estimateIn, metricOf} from './metrics.mjs';

/** Values of parameters may be anything that JSON can say. */
const key = (value) => JSON.stringify(value);
export const same = (a, b) => key(a) === key(b);

/** A parameter's value as the scenario has it; of long fractions four digits are enough. */
export const written = (value) => {
  if (value === null || value === undefined) return 'not set';
  const text = typeof value === 'string' ? value : key(value);
  const [, number, unit] = /^(\d+\.\d{4,})(.*)$/.exec(text) ?? [];
  return number === undefined ? text : `${Number(Number(number).toPrecision(4))}${unit}`;
};

const quantity = /^([\d.]+)\s*(\D+)$/;

/** How much one of a text's unit is ("ms"), from texts whose numbers are known; null if none is. */
function worthOfUnit(parameter, unit) {
  const at = parameter.values.findIndex(
    (text, i) => quantity.exec(text)?.[2] === unit && parameter.numbers[i] !== 0,
  );
  return at < 0 ? null : parameter.numbers[at] / Number(quantity.exec(parameter.values[at])[1]);
}

/** A value as a number, in the parameter's unit; null if it is none. */
export function numberOf(parameter, value) {
  if (parameter.kind === 'number') return typeof value === 'number' ? value : null;
  if (parameter.numbers === null || parameter.numbers === undefined) return null;
  const at = parameter.values.findIndex((each) => same(each, value));
  if (at >= 0) return parameter.numbers[at];
  // What the scenario itself says need not be among the values that were asked for.
  const [, number, unit] = quantity.exec(value) ?? [];
  const worth = unit === undefined ? null : worthOfUnit(parameter, unit);
  return worth === null ? null : Number(number) * worth;
}

/** What a point says of a parameter; where it says nothing, what the scenario says. */
export const valueAt = (sweep, point, {pointer}) =>
  pointer in point.values ? point.values[pointer] : sweep.base[pointer];

export const donePoints = (sweep) => sweep.points.filter(({status}) => status === 'done');

/** The values that occur, numbers ascending, others in the order of the sweep. */
export function levels(sweep, parameter, points = donePoints(sweep)) {
  const found = new Map(
    points
      .map((point) => valueAt(sweep, point, parameter))
      .filter((value) => value !== undefined)
      .map((value) => [key(value), value]),
  );
  const values = [...found.values()];
  const numbers = values.map((value) => numberOf(parameter, value));
  if (values.length > 0 && numbers.every((number) => number !== null)) {
    return values.sort((a, b) => numberOf(parameter, a) - numberOf(parameter, b));
  }
  const place = (value) => parameter.values.findIndex((each) => same(each, value));
  return values.sort((a, b) => place(a) - place(b));
}

export const isNumeric = (sweep, parameter) =>
  levels(sweep, parameter).every((value) => numberOf(parameter, value) !== null);

/** "read_quorum 2, timeout 50ms" */
export const spoken = (sweep, point, parameters = sweep.parameters) =>
  parameters
    .map((parameter) => `${parameter.name} ${written(valueAt(sweep, point, parameter))}`)
    .join(', ');

/** A figure of a workload in a phase: what a chart is about. */
export const estimateOf = (point, {workload, phase, path}) =>
  estimateIn(point.summary.workloads[workload]?.phases[phase], path);

const paths = ['latency.p99', 'latency.p50', 'stale_fraction', 'availability', 'goodput'];

/** The phases that are shown: the first with a fault, and all together. */
export function phasesShown(workload) {
  const during = Object.keys(workload.phases).find((phase) => phase.startsWith('during '));
  return during === undefined ? ['all'] : [during, 'all'];
}

export function workloadsIn(sweep) {
  return donePoints(sweep)[0]?.summary.workloads ?? {};
}

/** All that charts may be about. */
export function subjects(sweep) {
  return Object.entries(workloadsIn(sweep)).flatMap(([name, workload]) =>
    phasesShown(workload).flatMap((phase) =>
      paths.map((path) => ({workload: name, phase, path, metric: metricOf(path)})),
    ),
  );
}

/** Whether points differ in it by more than their intervals leave open. */
export function varies(sweep, subject, points = donePoints(sweep)) {
  const found = points.map((point) => estimateOf(point, subject)).filter((each) => each !== null);
  const surelyAbove = Math.max(...found.map(({low, value}) => low ?? value));
  const surelyBelow = Math.min(...found.map(({high, value}) => high ?? value));
  return found.length > 1 && surelyAbove > surelyBelow;
}

/** What a parameter is held at where others are drawn: the scenario's value, if it was tried. */
export function anchor(sweep, parameter) {
  const tried = levels(sweep, parameter);
  const own = sweep.base[parameter.pointer];
  return tried.find((value) => same(value, own)) ?? tried[0];
}

/** The points in which all parameters but `free` are at their anchor. */
export function slice(sweep, free) {
  const held = sweep.parameters.filter((parameter) => !free.includes(parameter));
  return donePoints(sweep).filter((point) =>
    held.every((parameter) => same(valueAt(sweep, point, parameter), anchor(sweep, parameter))),
  );
}

/** "timeout 500ms": the parameters that are held, for a subtitle; empty if there are none. */
export function heldAt(sweep, free) {
  if (sweep.plan === 'latin_hypercube') return '';
  const held = sweep.parameters.filter((parameter) => !free.includes(parameter));
  return held.map((each) => `${each.name} ${written(anchor(sweep, each))}`).join(', ');
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** How far the mean of a figure moves from one value of a parameter to another. */
function swing(sweep, subject, parameter) {
  const points = sweep.plan === 'one_at_a_time' ? slice(sweep, [parameter]) : donePoints(sweep);
  const means = levels(sweep, parameter, points)
    .map((value) =>
      points
        .filter((point) => same(valueAt(sweep, point, parameter), value))
        .map((point) => estimateOf(point, subject)?.value)
        .filter((figure) => typeof figure === 'number'),
    )
    .filter((figures) => figures.length > 0)
    .map(mean);
  return means.length > 1 ? Math.max(...means) - Math.min(...means) : 0;
}

/** The rank of each number; equal ones share the mean of theirs. */
function ranks(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return numbers.map((number) => (sorted.indexOf(number) + sorted.lastIndexOf(number)) / 2);
}

/** Spearman's rank correlation; 0 where nothing varies. */
export function rankCorrelation(xs, ys) {
  const [a, b] = [ranks(xs), ranks(ys)];
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (u, meanU, v, meanV) =>
    u.reduce((sum, each, i) => sum + (each - meanU) * (v[i] - meanV), 0);
  const spread = Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
  return spread > 0 ? product(a, meanA, b, meanB) / spread : 0;
}

/** Where every point has values of its own, ranks say what a parameter does. */
function association(sweep, subject, parameter) {
  if (!isNumeric(sweep, parameter)) return swing(sweep, subject, parameter) > 0 ? 0.01 : 0;
  const pairs = donePoints(sweep)
    .map((point) => [
      numberOf(parameter, valueAt(sweep, point, parameter)),
      estimateOf(point, subject)?.value,
    ])
    .filter(([, figure]) => typeof figure === 'number');
  if (pairs.length < 2) return 0;
  return Math.abs(
    rankCorrelation(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
    ),
  );
}

/** The parameters that take several values, those that move a figure most first. */
export function byInfluence(sweep, subject) {
  const measure = sweep.plan === 'latin_hypercube' ? association : swing;
  return sweep.parameters
    .filter((parameter) => levels(sweep, parameter).length > 1)
    .map((parameter) => ({parameter, influence: measure(sweep, subject, parameter)}))
    .sort((a, b) => b.influence - a.influence)
    .map(({parameter}) => parameter);
}

/**
 * Which of `rows` no other beats: another beats it if it is as good in every figure and better in
 * one. `better` says for each figure whether "less" or "more" is. Rows without one of the figures
 * (null) are not judged: null.
 */
export function paretoFront(rows, better) {
  const costs = rows.map((row) =>
    row.every((figure) => typeof figure === 'number')
      ? row.map((figure, i) => (better[i] === 'less' ? figure : -figure))
      : null,
  );
  const beats = (a, b) => a.every((cost, i) => cost <= b[i]) && a.some((cost, i) => cost < b[i]);
  return costs.map((own) =>
    own === null ? null : !costs.some((other) => other !== null && beats(other, own)),
  );
}

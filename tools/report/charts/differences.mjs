// What differs between scenarios over many trials: for each figure a forest of differences from the
// first scenario, each with its interval, against the line of no difference. Filled are those that
// chance does not explain.
import {axisTitle, estimateIn, metricOf, metrics, phasesIn, scaled} from '../metrics.mjs';
import {palette} from '../theme.mjs';
import {intervalName, plusMinus} from '../words.mjs';
import {intervals} from './intervals.mjs';
import {fromTo, overTrials, spokenPhase, texts} from './phases.mjs';

const nameOf = (comparison, position) => comparison.scenarios[position].scenario;

/** Scenarios of one name are told apart by their position. */
export function namesIn(comparison) {
  const names = comparison.scenarios.map((_, i) => nameOf(comparison, i));
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${i + 1})`,
  );
}

/** Differences of shares are in points, not in per cent of anything. */
export function unitOf(path) {
  const metric = metricOf(path);
  return metric.unit === '%' ? {...metric, unit: 'points'} : metric;
}

/** The largest difference that chance does not explain, and how many there are of its kind. */
function said(comparison, differences, path) {
  const {subject} = metricOf(path);
  const proven = differences.filter((each) => each.differs);
  if (proven.length === 0) return `${subject}: no difference is beyond chance`;
  const largest = proven.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
  const name = namesIn(comparison)[largest.position];
  return (
    `${subject}: ${plusMinus(largest, unitOf(path), {signs: true})} with ${name} ${spokenPhase(largest.phase)}; ` +
    `${proven.length} of ${differences.length} differences are beyond chance`
  );
}

/** A figure's differences from the first scenario, by scenario and phase. */
export function differencesOf(comparison, workload, path) {
  const found = comparison.differences.filter(
    (each) => each.workload === workload && each.metric === path,
  );
  const varies = found.some(({value, low, high}) => value !== 0 || low !== 0 || high !== 0);
  if (!varies) return null;
  const metric = unitOf(path);
  const names = namesIn(comparison);
  const one = names.length === 2;
  const rows = [];
  const values = [];
  names.slice(1).forEach((name, i) => {
    const own = found.filter((each) => each.position === i + 1);
    if (own.length === 0) return;
    if (!one) rows.push(name);
    for (const each of own) {
      // Phases repeat under each scenario; what stands behind the bar keeps their rows apart.
      const row = one ? each.phase : `${each.phase}|${i + 1}`;
      rows.push(row);
      values.push({
        row,
        series: each.differs ? 'differs beyond chance' : 'may be chance',
        hollow: !each.differs,
        text: plusMinus(each, metric, {signs: true}),
        label: `${plusMinus(each, metric, {signs: true, units: false})}${each.differs ? ' ★' : ''}`,
        ...scaled(each, metric),
      });
    }
  });
  const unit = metric.unit === '/s' ? 'operations per second' : metric.unit || metric.name;
  return intervals({
    title: said(comparison, found, path),
    subtitle:
      `${metric.name}: paired differences from ${names[0]}, by ${one ? '' : 'scenario and '}phase; bars are ${intervalName(comparison.confidence)}s over ${comparison.trials} trials; ` +
      `★ and filled: all of these are right with ${Number((comparison.confidence * 100).toPrecision(6))}\u00a0% confidence (${comparison.correction}'s correction)`,
    values,
    rows,
    names: ['differs beyond chance', 'may be chance'],
    headings: one ? [] : names.slice(1),
    labelOfRow: "split(datum.value, '|')[0]",
    x: {title: `difference (${unit})`, scale: {zero: true, nice: true, type: 'linear'}},
    colors: [palette[0], '#6b6b6b'],
    step: 24,
    together: true,
    more: [
      {
        data: {values: [{zero: 0}]},
        mark: {type: 'rule', color: '#333333', strokeWidth: 1.2, strokeDash: [4, 3]},
        encoding: {x: {field: 'zero', type: 'quantitative'}},
      },
    ],
  });
}

/** The figures of all scenarios beside each other, by phase. */
export function figuresOf(comparison, workload, path) {
  const metric = metrics[path];
  const names = namesIn(comparison);
  const first = comparison.scenarios[0].workloads[workload];
  const rows = phasesIn(first);
  const found = rows.flatMap((row) =>
    comparison.scenarios.flatMap((summary, i) => {
      const estimate = estimateIn(summary.workloads[workload]?.phases[row], path);
      if (estimate === null) return [];
      return {row, series: names[i], where: `${names[i]}, ${spokenPhase(row)}`, estimate};
    }),
  );
  const values = found.map(({row, series, estimate}) => ({
    row,
    series,
    ...texts(estimate, metric),
    ...scaled(estimate, metric),
  }));
  if (values.length === 0 || values.every(({value, high}) => value === 0 && !high)) return null;
  return intervals({
    title: fromTo(metric, found),
    subtitle: `${metric.name}, by phase; ${overTrials(comparison)}`,
    values,
    rows,
    names,
    x: {
      title: axisTitle(metric),
      logarithmic: metric.logarithmic,
      full: metric.full,
    },
    step: 15 * names.length + 14,
  });
}

// Figures as a person reads them. A number and its unit stay on one line.
const space = '\u00a0';

export function percent(share) {
  if (share === null || share === undefined) return '–';
  const value = share * 100;
  if (value === 0 || value === 100) return `${value}${space}%`;
  if (value > 99.9 || value < 0.1) return `${value.toPrecision(value > 99.9 ? 5 : 2)}${space}%`;
  return `${value.toFixed(1)}${space}%`;
}

export function span(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  const ms = seconds * 1e3;
  if (ms >= 1e4) return `${seconds.toFixed(1)}${space}s`;
  if (ms >= 100) return `${ms.toFixed(0)}${space}ms`;
  if (ms >= 10) return `${ms.toFixed(1)}${space}ms`;
  return `${ms.toFixed(2)}${space}ms`;
}

export function count(number) {
  return number === null || number === undefined
    ? '–'
    : Math.round(number).toLocaleString('en-GB');
}

/** "during partition", "during crash and slow": the phases in which something was wrong. */
export function faultPhases(result) {
  return result.phases.filter((phase) => phase.faults.length > 0);
}

/** "1 election", "2 elections". */
export function counted(number, thing) {
  return `${count(number)} ${thing}${number === 1 ? '' : 's'}`;
}

/**
 * Digits behind the point that are worth writing: one digit of half the interval, two if it begins
 * with 1 or 2; without an interval three or four of the value. The same as on the terminal.
 */
function decimals(half, value) {
  if (half === 0 && Math.abs(value) === 100) return 0;
  const worth = half === 0 ? Math.abs(value) / 100 : half;
  if (worth === 0) return 0;
  const magnitude = Math.floor(Math.log10(worth));
  const digits = worth / 10 ** magnitude < 3 ? 1 - magnitude : -magnitude;
  return Math.min(Math.max(digits, 0), 6);
}

const grouped = (value, digits) =>
  value.toLocaleString('en-GB', {minimumFractionDigits: digits, maximumFractionDigits: digits});

/**
 * "12.3 ms ± 0.4": an estimate in the unit of its metric; ± is half of its interval. Without an
 * interval the value alone. `signs` writes + before what is above nothing; without `units` the
 * unit is left to an axis or a heading.
 */
export function plusMinus(estimate, metric, {signs = false, units = true} = {}) {
  if (!estimate || estimate.value === null) return '–';
  if (units && metric.unit === 'ms' && Math.abs(estimate.value) >= 10) {
    return plusMinus(estimate, {...metric, unit: 's', factor: 1}, {signs});
  }
  const value = estimate.value * metric.factor;
  const told = estimate.low !== null && estimate.high !== null;
  const half = told
    ? Math.max(estimate.high - estimate.value, estimate.value - estimate.low) * metric.factor
    : 0;
  const sign = value < 0 ? '−' : signs && value > 0 ? '+' : '';
  const number = `${sign}${grouped(Math.abs(value), decimals(half, value))}`;
  const unit = metric.unit === '' || !units ? '' : `${space}${metric.unit}`;
  if (!told) return `${number}${unit}`;
  const interval = half === 0 ? '0' : grouped(half, decimals(half, value));
  return `${number}${unit}${space}±${space}${interval}`;
}

/** "95 % interval" */
export const intervalName = (confidence) =>
  `${Number((confidence * 100).toPrecision(6))}${space}% interval`;

/** "18 of 20" and "70 to 99 %": in how many of the trials that can tell it was so. */
export function shareOfTrials({value, low, high, trials}) {
  if (value === null) return {times: 'unknown', interval: ''};
  return {
    times: `${Math.round(value * trials)} of ${trials}`,
    interval:
      low === null || high === null
        ? ''
        : `${(low * 100).toFixed(0)} to ${(high * 100).toFixed(0)}${space}%`,
  };
}

/** "a", "a and b", "a, b and c". */
export function listed(words) {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

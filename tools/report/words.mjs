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

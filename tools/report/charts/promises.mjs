// In how many of the trials each promise held and each expectation was met, with the interval that
// so few trials leave open.
import {intervalName, shareOfTrials} from '../words.mjs';
import {promise} from './hierarchy.mjs';
import {intervals} from './intervals.mjs';

const x = {
  title: 'share of the trials',
  scale: {domain: [0, 1], nice: false},
  axis: {format: '.0%', tickCount: 5},
};

function shares(entries) {
  return entries
    .filter(({share}) => share.value !== null)
    .map(({row, share}) => {
      const {times} = shareOfTrials(share);
      return {row, series: 'trials', text: times, label: times, ...share};
    });
}

const note = (trials) =>
  `bars are ${intervalName(trials.confidence)}s: what chance leaves open after ${trials.trials} trials`;

/** A check's name as people write it; of several services it has theirs behind it. */
function spoken(check) {
  const [level, ...service] = check.split(' ');
  return [promise(level), ...service].join(' ');
}

export function promisesHeld(trials) {
  const values = shares(
    Object.entries(trials.checks).map(([name, check]) => ({
      row: spoken(name),
      share: check.held,
    })),
  );
  if (values.length === 0) return null;
  const never = values.filter(({value}) => value === 0).length;
  const always = values.filter(({value}) => value === 1).length;
  const unsure = values.length - never - always;
  const title =
    always === values.length
      ? `Every promise of consistency held in all ${trials.trials} trials`
      : `${always} of ${values.length} promises held in every trial, ${never} in none` +
        (unsure > 0 ? `; ${unsure} depend on chance` : '');
  return intervals({
    title,
    subtitle: `share of the trials in which each promise held, of those that could be judged; ${note(trials)}`,
    values,
    rows: values.map(({row}) => row),
    names: ['trials'],
    x: {...x, title: 'held in this share of the trials'},
    step: 24,
  });
}

export function expectationsMet(trials) {
  const values = shares(trials.expectations.map(({text, met}) => ({row: text, share: met})));
  if (values.length === 0) return null;
  const unmet = values.filter(({value}) => value < 1);
  const chart = intervals({
    title:
      unmet.length === 0
        ? `Every expectation was met in all ${trials.trials} trials`
        : `${unmet.length} of ${values.length} expectations were not met in every trial`,
    subtitle: `share of the trials in which each expectation was met; ${note(trials)}`,
    values,
    rows: values.map(({row}) => row),
    names: ['trials'],
    x: {...x, title: 'met in this share of the trials'},
    step: 40,
  });
  // Expectations are sentences: they stand above their interval, not beside it.
  const [, points] = chart.layer;
  points.encoding.y.axis = null;
  chart.layer.push({
    data: {values},
    mark: {type: 'text', align: 'left', dy: -15, fontSize: 11.5, limit: {expr: 'width'}},
    encoding: {
      x: {datum: 0, type: 'quantitative', scale: x.scale},
      y: {field: 'row', type: 'nominal', sort: null, axis: null},
      text: {field: 'row'},
    },
  });
  return chart;
}

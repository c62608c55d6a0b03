// What weak consistency looks like: stale reads, diverged replicas, followers that lag, leaders.
import {rows} from '../read.mjs';
import {count, faultPhases, percent, span} from '../words.mjs';
import {intervalOf, overTime, placed, withGaps} from './common.mjs';

export function staleReads(run, workload) {
  const found = placed(rows(run, 'workload', ['stale_fraction'], workload), run, 0.5);
  const values = found.map((row) => ({
    time: row.time,
    series: workload,
    value: row.value,
  }));
  const {phases} = run.result.workloads[workload];
  if (values.length === 0 || !phases.all.stale_reads) return null;
  const during = faultPhases(run.result)[0];
  const worst = during && phases[during.name];
  return overTime({
    title: worst?.stale_fraction
      ? `${percent(worst.stale_fraction)} of the reads are stale ${during.name}, the worst by ${span(worst.staleness.time_max)}`
      : `${percent(phases.all.stale_fraction)} of the reads are stale`,
    subtitle:
      'share of reads that returned something older than what was certainly there when they began',
    result: run.result,
    values: withGaps(values, intervalOf(run)),
    names: [workload],
    y: {title: 'stale reads', axis: {format: '~%'}, scale: {domainMin: 0}},
    tooltipFormat: '.2%',
  });
}

const ages = {staleness_mean: 'mean of the stale reads', staleness_max: 'the stalest read'};

/** For how long what stale reads returned had been out of date, over the time of the run. */
export function stalenessOverTime(run, workload) {
  const order = Object.values(ages);
  const values = placed(rows(run, 'workload', Object.keys(ages), workload), run, 0.5)
    .map((row) => ({time: row.time, series: ages[row.metric], value: row.value}))
    .sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.time - b.time);
  if (values.length === 0) return null;
  const worst = values.reduce((a, b) => (b.value > a.value ? b : a));
  return overTime({
    title: `The stalest read returns what has been out of date for ${span(worst.value)}, at ${worst.time.toFixed(1)} s`,
    subtitle: `for how long what stale reads returned had been out of date when they began; ${workload}`,
    result: run.result,
    values: withGaps(values, intervalOf(run)),
    names: order,
    y: {title: 'out of date for (s)', scale: {domainMin: 0}, axis: {format: '~g', tickCount: 6}},
    tooltipFormat: '.3~f',
    mark: {interpolate: 'linear', point: {size: 14, filled: true}},
  });
}

export function divergedKeys(run, service) {
  const found = placed(rows(run, 'service', ['diverged_keys'], service), run, 1);
  const values = found.map((row) => ({
    time: row.time,
    series: service,
    value: row.value,
  }));
  if (values.length === 0 || values.every((value) => value.value === 0)) return null;
  const healing = run.result.services[service].convergence.after.find(
    (after) => after.diverged_keys > 0,
  );
  const end = Math.max(run.result.duration, ...values.map((value) => value.time));
  return overTime({
    title: healing
      ? `${count(healing.diverged_keys)} keys have diverged when "${healing.fault}" ends; ` +
        (healing.converged_after === null
          ? 'some never meet again'
          : `all have met again ${span(healing.converged_after)} later`)
      : `At most ${count(Math.max(...values.map((value) => value.value)))} keys differ between replicas`,
    subtitle: 'keys whose replicas do not all hold the same; what is being replicated counts too',
    result: {...run.result, duration: end},
    values,
    names: [service],
    y: {title: 'diverged keys', scale: {domainMin: 0}, axis: {tickMinStep: 1}},
  });
}

export function replicationLag(run, service) {
  const found = placed(rows(run, 'service', ['replication_lag'], service), run, 1);
  const values = found.map((row) => ({
    time: row.time,
    series: service,
    value: row.value * 1e3,
  }));
  if (values.length === 0) return null;
  const most = Math.max(...values.map((value) => value.value)) / 1e3;
  return overTime({
    title: `The follower farthest behind lags by up to ${span(most)}`,
    subtitle: 'the largest replication lag of any follower, sampled once an interval',
    result: run.result,
    values: withGaps(values, intervalOf(run)).filter((value) => value.time <= run.result.duration),
    names: [service],
    y: {title: 'lag (ms)', scale: {domainMin: 0}, axis: {format: ',.0f', tickCount: 6}},
  });
}

export function leaders(run, service) {
  if (run.result.services[service].phases.all.leader_changes === null) return null;
  const values = placed(rows(run, 'service', ['leaders'], service), run, 1)
    .map((row) => ({time: row.time, series: service, value: row.value}))
    .filter((value) => value.time <= run.result.duration);
  if (values.length === 0 || values.every((value) => value.value === 1)) return null;
  const most = Math.max(...values.map((value) => value.value));
  return overTime({
    title: most > 1 ? `${most} nodes lead at once: a split brain` : 'For a while nobody leads',
    subtitle: 'nodes that believe that they lead, sampled once an interval',
    result: run.result,
    values,
    names: [service],
    y: {title: 'leaders', axis: {tickMinStep: 1, format: 'd'}, scale: {domainMin: 0}},
    mark: {interpolate: 'step-after'},
  });
}

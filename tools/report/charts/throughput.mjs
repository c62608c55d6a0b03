// How much was done, and how much was refused or left in doubt, over time.
import {rows} from '../read.mjs';
import {count, faultPhases} from '../words.mjs';
import {overTime, placed} from './common.mjs';

const shown = {
  goodput: 'answered well',
  failed: 'failed',
  unknown: 'in doubt (no answer in time)',
};

export function throughput(run, workload) {
  const found = placed(rows(run, 'workload', Object.keys(shown), workload), run, 0.5);
  if (found.length === 0) return null;
  const order = Object.values(shown);
  const values = found
    .map((row) => ({time: row.time, series: shown[row.metric], value: row.value}))
    .sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.time - b.time);
  const {phases} = run.result.workloads[workload];
  const during = faultPhases(run.result)[0];
  const other =
    during && phases[during.name] ? `, ${count(phases[during.name].goodput)} ${during.name}` : '';
  const first = run.result.phases[0].name;
  return overTime({
    title: `${count(phases[first]?.goodput)} operations a second go well ${first}${other}`,
    subtitle: 'operations begun in each interval, per second, by how they ended',
    result: run.result,
    values,
    names: order,
    y: {title: 'operations per second', axis: {format: '~s'}},
  });
}

// Which regions' clients were answered well, over time.
import {rows} from '../read.mjs';
import {faultPhases, percent} from '../words.mjs';
import {intervalOf, overTime, withGaps} from './common.mjs';

function title(workload, result) {
  const during = faultPhases(result)[0];
  const figures = during && result.workloads[workload].phases[during.name];
  if (!figures?.regions)
    return `Operations of ${workload} that went well, by the clients' region`;
  const regions = Object.entries(figures.regions).filter(
    ([, region]) => region.availability !== null,
  );
  const [worst, least] = regions.reduce((a, b) =>
    b[1].availability < a[1].availability ? b : a,
  );
  if (least.availability > 0.99)
    return `Every region goes on being served ${during.name}: at the worst ${percent(least.availability)}`;
  const cut = regions.filter(([, region]) => region.availability < 0.5).length;
  return (
    `${percent(figures.availability)} of all operations go well ${during.name}; ` +
    (cut > 1
      ? `${cut} of ${regions.length} regions are hardly served (${worst}: ${percent(least.availability)})`
      : `worst off is ${worst} with ${percent(least.availability)}`)
  );
}

export function availability(run, workload) {
  const prefix = `${workload}@`;
  const found = rows(run, 'region', ['availability']).filter((row) =>
    row.name.startsWith(prefix),
  );
  if (found.length === 0) return null;
  const values = found
    .map((row) => ({time: row.time, series: row.name.slice(prefix.length), value: row.value}))
    .sort((a, b) => (a.series < b.series ? -1 : a.series > b.series ? 1 : a.time - b.time));
  const names = [...new Set(values.map((value) => value.series))];
  return overTime({
    title: title(workload, run.result),
    subtitle:
      'share of the operations begun in each interval that were answered well, by the region of the clients',
    result: run.result,
    values: withGaps(values, intervalOf(run)),
    names,
    y: {title: 'answered well', axis: {format: '.0%'}, scale: {domain: [0, 1]}},
    tooltipFormat: '.1%',
    mark: {interpolate: 'step-after'},
  });
}

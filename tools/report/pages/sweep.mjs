// The page of a sweep: its points with the main figures, and what they say of the parameters.
import {judged, objectives} from '../charts/pareto.mjs';
import {escape, figures, page, table} from '../html.mjs';
import {metricOf} from '../metrics.mjs';
import {estimateOf, phasesShown, valueAt, workloadsIn, written} from '../sweep.mjs';
import {counted, intervalName, plusMinus} from '../words.mjs';

/** More rows than anybody reads; sweep.csv has them all. */
const mostRows = 200;

const columns = ['latency.p99', 'stale_fraction', 'availability', 'goodput'];

const plans = {
  grid: 'every combination',
  latin_hypercube: 'a Latin hypercube: points spread evenly, each with values of its own',
  one_at_a_time: 'one parameter at a time, the others as in the scenario',
};

/** In how many of a point's promises every trial agrees that they held. */
function promises(point) {
  const checks = Object.values(point.summary.checks);
  const kept = checks.filter(({held}) => held.value === 1).length;
  return checks.length === 0 ? '–' : `${kept} of ${checks.length}`;
}

function pointsTable(sweep, workload, phase) {
  const weighed = objectives(sweep, workload, phase);
  const best = weighed.length < 2 ? [] : judged(sweep, weighed).filter(({front}) => front);
  const isBest = new Set(best.map(({point}) => point));
  const rows = sweep.points.slice(0, mostRows).map((point) => {
    const values = sweep.parameters.map((each) => written(valueAt(sweep, point, each)));
    const name = `${point.point}${isBest.has(point) ? ' ★' : ''}`;
    if (point.status !== 'done') {
      const why = point.status === 'failed' ? {text: 'failed', tone: 'bad'} : 'not run';
      return {cells: [name, ...values, why, ...Array(4).fill('')]};
    }
    const cells = columns.map((path) =>
      plusMinus(estimateOf(point, {workload, phase, path}), metricOf(path)),
    );
    return {cells: [name, ...values, ...cells, promises(point)]};
  });
  const more =
    sweep.points.length > mostRows
      ? `<p class="dim">The first ${mostRows} of ${sweep.points.length} points; sweep.csv has them all.</p>`
      : '';
  const headings = [
    'point',
    ...sweep.parameters.map(({name}) => name),
    ...columns.map((path) => metricOf(path).name),
    'promises held in all trials',
  ];
  const where = phase === 'all' ? 'on the whole' : phase;
  const note =
    best.length > 0
      ? `<p class="dim">★ is beaten by no other point in what differs: ${escape(weighed.map(({metric}) => metric.name).join(', '))}.</p>`
      : '';
  return `<h2>${escape(workload)}, ${escape(where)}</h2>\n${table(headings, rows)}${note}${more}`;
}

function parametersList(sweep) {
  const items = sweep.parameters.map(({name, pointer, values}) => {
    const tried = values.slice(0, 12).map(written).join(', ') + (values.length > 12 ? ', …' : '');
    const own = pointer in sweep.base ? `; in the scenario ${written(sweep.base[pointer])}` : '';
    return `<li>${escape(name)} <span class="dim">(${escape(pointer)})</span>: ${escape(tried)}${escape(own)}</li>`;
  });
  return `<ul>${items.join('\n')}</ul>`;
}

function conclusion(sweep, charts) {
  const those = (status) => sweep.points.filter((point) => point.status === status).length;
  const [done, failed, open] = ['done', 'failed', 'open'].map(those);
  const lost = [
    failed > 0 ? `<span class="bad">${counted(failed, 'point')} failed</span>` : '',
    open > 0 ? `${counted(open, 'point')} not run yet` : '',
  ].filter((text) => text !== '');
  const undrawn = lost.length > 0 ? `<p>Not drawn: ${lost.join(', ')}.</p>` : '';
  const drawn = charts.some((chart) => chart.spec !== null);
  const nothing =
    done === 0
      ? '<p>No point was done, so there is nothing to draw.</p>'
      : '<p>No figure differs between points beyond chance: either these parameters do not matter here, or more trials are needed.</p>';
  return undrawn + (drawn ? '' : nothing);
}

export function sweepPage(sweep, charts, runtime) {
  const title = `${sweep.sweep}: a sweep`;
  const about = sweep.scenario === sweep.sweep ? '' : (sweep.scenario ?? '');
  const trials =
    sweep.trials > 1
      ? `${sweep.trials} trials a point; ± is half of a ${intervalName(sweep.confidence)}`
      : 'one trial a point: small differences may be chance';
  const tables = Object.entries(workloadsIn(sweep)).flatMap(([workload, figuresOf]) =>
    phasesShown(figuresOf).map((phase) => pointsTable(sweep, workload, phase)),
  );
  const body = `<h1>${escape(title)}</h1>
<p>${escape(about)}</p>
<p class="dim">${counted(sweep.points.length, 'point')}, ${plans[sweep.plan] ?? escape(sweep.plan)}; ${trials}. All points saw the same clients.</p>
${parametersList(sweep)}
${conclusion(sweep, charts)}
${figures(charts)}
${tables.join('\n')}`;
  return page(title, body, charts, runtime);
}

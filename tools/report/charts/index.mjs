// The charts of a run and of a comparison, in the order of the report.
import {metricOf, metrics} from '../metrics.mjs';
import {levels, phasesShown, subjects, varies, workloadsIn} from '../sweep.mjs';
import {wrapped} from '../theme.mjs';
import {availability} from './availability.mjs';
import {
  compareAvailability,
  compareLatency,
  compareStaleness,
  pacelcElse,
  pacelcPartition,
} from './compare.mjs';
import {
  divergedKeys,
  leaders,
  replicationLag,
  staleReads,
  stalenessOverTime,
} from './consistency.mjs';
import {differencesOf, figuresOf} from './differences.mjs';
import {hierarchy} from './hierarchy.mjs';
import {latencyDistribution, latencyOverTime} from './latency.mjs';
import {
  availabilityByPhase,
  overTrials,
  percentilesByPhase,
  percentilesOfRun,
  stalenessInTime,
  throughputByPhase,
} from './phases.mjs';
import {pareto} from './pareto.mjs';
import {expectationsMet, promisesHeld} from './promises.mjs';
import {spacetime} from './spacetime.mjs';
import {sweepLines} from './sweep_lines.mjs';
import {sweepMap} from './sweep_map.mjs';
import {throughput} from './throughput.mjs';
import {tornado} from './tornado.mjs';
import {calls, dependencies} from './witness.mjs';

/** A name that can be a file's: services and workloads may be called anything. */
const fileName = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function entries(name, absent, subjects, chart) {
  return subjects.map((subject) => ({
    name: subjects.length > 1 ? `${name}-${fileName(subject)}` : name,
    absent: subjects.length > 1 ? `${subject}: ${absent}` : absent,
    spec: chart(subject),
  }));
}

/** Charts that another report in the same folder may have left; of these nothing is said. */
const leftovers = (names) => names.map((name) => ({name, absent: null, spec: null}));

/** The names of a chart's files, one for each subject if there are several. */
const namesOf = (names, subjects) =>
  names.flatMap((name) => entries(name, '', subjects, () => null).map((each) => each.name));

/** Says of a chart that it shows the first of several trials. */
function ofFirst(charts, trials) {
  return charts.map((chart) => {
    if (chart.spec === null) return chart;
    const {title} = chart.spec;
    const subtitle = wrapped(
      `the first of ${trials.trials} trials: ${title.subtitle.join(' ')}`,
      105,
    );
    return {...chart, spec: {...chart.spec, title: {...title, subtitle}}};
  });
}

/** Of all trials together. */
function chartsOfTrials(trials) {
  const workloads = Object.keys(trials.workloads);
  return [
    ...entries(
      'phases-latency',
      'no operation went well, so there is no latency',
      workloads,
      (w) => percentilesByPhase(trials, w),
    ),
    ...entries('phases-availability', 'no operations, so no availability', workloads, (w) =>
      availabilityByPhase(trials, w),
    ),
    ...entries('phases-throughput', 'no operations, so no throughput', workloads, (w) =>
      throughputByPhase(trials, w),
    ),
    ...entries('phases-staleness', 'no read was stale', workloads, (w) =>
      stalenessInTime(trials.workloads[w].phases, overTrials(trials)),
    ),
    {name: 'promises', absent: 'no check was made', spec: promisesHeld(trials)},
    {name: 'expectations', absent: 'nothing was expected', spec: expectationsMet(trials)},
  ];
}

/** [{name, spec, absent}]: `spec` is null where there is nothing to draw, and `absent` says so. */
export function chartsOfRun(run) {
  if (run.trials === null || run.trials === undefined) {
    const workloads = Object.keys(run.result.workloads);
    const phases = ['availability', 'throughput'].map((name) => `phases-${name}`);
    const ofTrials = [...namesOf(phases, workloads), 'promises', 'expectations'];
    const sure = entries(
      'phases-latency',
      'one run does not tell how sure its latencies are',
      workloads,
      (w) => percentilesOfRun(run.result, w),
    );
    return [...sure, ...chartsOfOneTrial(run), ...leftovers(ofTrials)];
  }
  return [...chartsOfTrials(run.trials), ...ofFirst(chartsOfOneTrial(run), run.trials)];
}

function chartsOfOneTrial(run) {
  const workloads = Object.keys(run.result.workloads);
  const services = Object.keys(run.result.services);
  return [
    ...entries('availability', 'no operations, so no availability', workloads, (w) =>
      availability(run, w),
    ),
    ...entries('throughput', 'no operations, so no throughput', workloads, (w) =>
      throughput(run, w),
    ),
    ...entries('latency', 'no operation went well, so there is no latency', workloads, (w) =>
      latencyOverTime(run, w),
    ),
    ...entries(
      'latency-distribution',
      'no operation went well, so there is no distribution of latencies',
      workloads,
      (w) => latencyDistribution(run, w),
    ),
    ...entries('consistency', 'no client used it, so nothing was promised', services, (s) =>
      hierarchy(run, s),
    ),
    ...entries('staleness', 'no read was stale', workloads, (w) => staleReads(run, w)),
    ...entries('staleness-in-time', 'no read was stale', workloads, (w) =>
      stalenessOverTime(run, w),
    ),
    ...(run.trials
      ? [] // that of all trials is there
      : entries('phases-staleness', 'no read was stale', workloads, (w) =>
          stalenessInTime(run.result.workloads[w].phases, 'one trial'),
        )),
    ...entries('diverged-keys', 'at no sample did replicas differ', services, (s) =>
      divergedKeys(run, s),
    ),
    ...entries(
      'replication-lag',
      'no replica follows another, so there is no replication lag',
      services,
      (s) => replicationLag(run, s),
    ),
    ...entries('leaders', 'one node led throughout, or the model has no leaders', services, (s) =>
      leaders(run, s),
    ),
    {
      name: 'spacetime',
      absent: 'no check failed, so there is no violation to show',
      spec: spacetime(run),
    },
  ];
}

/** Of several scenarios; `comparison` of their trials, or null if each ran once. */
export function chartsOfComparison(runs, comparison = null) {
  if (comparison === null) {
    const workloads = Object.keys(runs[0].result.workloads);
    const ofTrials = Object.keys(metrics).flatMap((path) =>
      ['difference', 'phases'].map((kind) => `${kind}-${fileName(path)}`),
    );
    return [...chartsOfSingleRuns(runs), ...leftovers(namesOf(ofTrials, workloads))];
  }
  return [...chartsOfDifferences(comparison), ...ofFirst(chartsOfSingleRuns(runs), comparison)];
}

function chartsOfDifferences(comparison) {
  const workloads = Object.keys(comparison.scenarios[0].workloads);
  const paths = [...new Set(comparison.differences.map(({metric}) => metric))];
  return [
    ...paths.flatMap((path) =>
      entries(
        `difference-${fileName(path)}`,
        `the same in every trial: ${metricOf(path).name}`,
        workloads,
        (w) => differencesOf(comparison, w, path),
      ),
    ),
    ...['availability', 'latency.p99', 'stale_fraction'].flatMap((path) =>
      entries(`phases-${fileName(path)}`, `none: ${metricOf(path).name}`, workloads, (w) =>
        figuresOf(comparison, w, path),
      ),
    ),
  ];
}

function chartsOfSingleRuns(runs) {
  const workloads = Object.keys(runs[0].result.workloads);
  return [
    {name: 'pacelc-partition', absent: 'no partition happened', spec: pacelcPartition(runs)},
    {
      name: 'pacelc-else',
      absent: 'nothing was measured without a partition',
      spec: pacelcElse(runs),
    },
    ...entries('compare-availability', 'no operations', workloads, (w) =>
      compareAvailability(runs, w),
    ),
    ...entries('compare-latency', 'no operation went well', workloads, (w) =>
      compareLatency(runs, w),
    ),
    ...entries('compare-staleness', 'no reads', workloads, (w) => compareStaleness(runs, w)),
  ];
}

/** The charts of subjects (see sweep.mjs), and what plans of sweeps they are for. */
const kindsOfSweep = [
  {kind: 'tornado', draw: tornado, plans: ['one_at_a_time']},
  {kind: 'heat', draw: sweepMap, plans: ['grid', 'latin_hypercube'], parameters: 2},
  {kind: 'lines', draw: sweepLines, plans: ['grid', 'latin_hypercube', 'one_at_a_time']},
];

const tooFew = 'too few points have it, or not at values that make an axis';
const alike = 'the same at every point, as far as chance lets it be told';

export function chartsOfSweep(sweep) {
  const workloads = Object.entries(workloadsIn(sweep));
  const named = (kind, {workload, path = '', phase}) => {
    const parts = [
      kind,
      path,
      phase === 'all' ? '' : phase,
      workloads.length > 1 ? workload : '',
    ];
    return fileName(parts.join(' '));
  };
  const fronts = workloads.flatMap(([workload, figures]) =>
    phasesShown(figures).map((phase) => ({
      name: named('pareto', {workload, phase}),
      absent: 'fewer than two of latency, stale reads and availability differ between points',
      spec: pareto(sweep, workload, phase),
    })),
  );
  const tried = sweep.parameters.filter((each) => levels(sweep, each).length > 1).length;
  const suits = ({plans, parameters = 1}) => plans.includes(sweep.plan) && tried >= parameters;
  const kinds = kindsOfSweep.filter(suits);
  const unsuited = kindsOfSweep
    .filter((kind) => !suits(kind))
    .flatMap(({kind}) => subjects(sweep).map((subject) => named(kind, subject)));
  const others = kinds.flatMap(({kind, draw}, i) =>
    subjects(sweep).map((subject) => {
      const differs = varies(sweep, subject);
      return {
        name: named(kind, subject),
        absent: differs ? tooFew : i === 0 ? alike : null, // it need not be said twice
        spec: differs ? draw(sweep, subject) : null,
      };
    }),
  );
  return [...fronts, ...others, ...leftovers(unsuited)];
}

/** Of a verdict that `faultline check` gave. */
export function chartsOfVerdict(verdict) {
  // Of all levels the weakest that broke says the most.
  const broken = Array.isArray(verdict.levels)
    ? verdict.levels.filter((level) => level.witness.length > 0).at(-1)
    : verdict;
  const draw = verdict.model === 'txn' ? dependencies : calls;
  return [{name: 'witness', absent: 'no promise was broken', spec: broken ? draw(broken) : null}];
}

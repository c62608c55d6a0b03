// Results made up for tests: a run, trials of it, a comparison, a sweep.

/** Ten seconds of two regions, of which "far" is not served from 4 s to 6 s. */
export function madeUp(name) {
  const phase = (availability) => ({
    operations: 100,
    ok: 90,
    failed: 10,
    unknown: 0,
    availability,
    goodput: 9,
    latency: {mean: 0.02, p50: 0.02, p90: 0.03, p99: 0.04, p999: 0.05, max: 0.06},
    regions: {near: {availability: 1}, far: {availability: availability === 1 ? 1 : 0}},
    stale_reads: 5,
    stale_fraction: 0.05,
    staleness: {time_max: 1.5},
    lost_updates: 0,
  });
  const phases = {
    before: phase(1),
    'during cut': phase(0.5),
    'after cut': phase(1),
    all: phase(0.9),
  };
  const series = [];
  const row = (time, scope, of, metric, value) =>
    series.push({time, scope, name: of, metric, value});
  for (let time = 0; time < 10; ++time) {
    const cut = time >= 4 && time < 6;
    row(time, 'region', 'shoppers@near', 'availability', 1);
    row(time, 'region', 'shoppers@far', 'availability', cut ? 0 : 1);
    for (const [metric, value] of Object.entries({
      goodput: cut ? 5 : 10,
      failed: cut ? 5 : 0,
      unknown: 0,
      latency_p50: 0.02,
      latency_p99: 0.04,
      latency_max: 0.06,
      stale_fraction: 0.05,
      staleness_mean: cut ? time - 3 : 0.1,
      staleness_max: cut ? time - 2 : 0.2,
    })) {
      row(time, 'workload', 'shoppers', metric, value);
    }
    row(time, 'service', 'store', 'diverged_keys', cut ? 7 : 0);
    row(time, 'service', 'store', 'replication_lag', 0.01);
    row(time, 'service', 'store', 'leaders', cut ? 2 : 1);
  }
  const fault = {label: 'cut', kind: 'partition', what: 'near | far', from: 4, to: 6};
  return {
    series,
    result: {
      faultline: '0.1.0',
      scenario: name,
      description: 'Made up.',
      seed: 1,
      warmup: 0,
      duration: 10,
      checks: {},
      expectations: [],
      phases: [
        {name: 'before', from: 0, to: 4, faults: []},
        {name: 'during cut', from: 4, to: 6, faults: ['cut']},
        {name: 'after cut', from: 6, to: 10, faults: []},
      ],
      faults: [fault],
      workloads: {
        shoppers: {
          target: 'store',
          phases,
          latency_distribution: {
            get: [
              [0, 0.01],
              [0.5, 0.02],
              [0.999, 0.05],
              [1, 0.06],
            ],
          },
        },
      },
      services: {
        store: {
          model: 'quorum',
          nodes: ['store/0'],
          notes: [],
          claims: {partition: 'A', else: 'L'},
          phases: {
            all: {
              leader_changes: 1,
              time_without_leader: 0.5,
              messages_per_operation: null,
              conflicts: 0,
              lost_writes: 0,
            },
          },
          convergence: {after: [{fault: 'cut', diverged_keys: 7, converged_after: 0.5}]},
        },
      },
      consistency: {
        store: {
          strongest: ['causal', 'read_your_writes'],
          implies: [
            ['linearizable', 'causal'],
            ['linearizable', 'read_your_writes'],
          ],
          levels: [
            {level: 'linearizable', verdict: 'invalid', because: null, at: 4.5, region: 'near'},
            {level: 'causal', verdict: 'valid', because: null, at: null},
            {level: 'read_your_writes', verdict: 'valid', because: null, at: null},
            {
              level: 'bounded_staleness',
              verdict: 'valid',
              because: null,
              versions: 2,
              within: 1.5,
            },
            {level: 'convergence', verdict: 'unknown', because: null, at: null},
          ],
        },
      },
      measured: {
        partition: 'C',
        else: 'L',
        why: ['the minority was silent'],
        worst_region_availability: 0,
        stale_fraction_during: 0.05,
        stale_fraction_otherwise: 0.01,
        median_latency_otherwise: 0.02,
      },
    },
    spacetime: {
      title: 'a read returned the old value',
      key: 1,
      from: 4.9,
      to: 5.1,
      lanes: [
        {name: 'session 1', region: 'near'},
        {name: 'store/0', region: 'near'},
        {name: 'shoppers@near', region: 'near'},
      ],
      messages: [
        {name: 'store', from: 'store/0', to: 'shoppers@near', sent: 5, received: 5.5},
        {name: 'store', from: 'store/0', to: 'shoppers@near', sent: 5, received: 1e3},
        {name: 'store', from: 'shoppers@near', to: 'store/0', sent: 5, received: null},
      ],
      operations: [
        {
          lane: 'session 1',
          kind: 'get',
          observed: [null],
          invoked: 5,
          completed: 5.01,
          outcome: 'ok',
        },
      ],
      faults: [fault],
    },
  };
}

/** A figure with its interval. */
export const figure = (value, half = 0) => ({
  value,
  low: half === null ? null : value - half,
  high: half === null ? null : value + half,
  trials: half === null ? 1 : 20,
});

const nothing = {value: null, low: null, high: null, trials: 0};

/** What trials measured of a phase; latency in seconds. */
export function phaseOfTrials({p99 = 0.04, stale = 0.05, availability = 1, half = 0.001} = {}) {
  const small = half === null ? null : half / 2;
  return {
    operations: figure(100),
    failed: figure(1),
    unknown: figure(0),
    availability: availability === null ? nothing : figure(availability, half),
    throughput: figure(10, small),
    goodput: figure(9, small),
    latency: {
      p50: figure(p99 / 2, small),
      p90: figure(p99 / 1.5, small),
      p99: figure(p99, half),
      p999: figure(p99 * 2, half),
    },
    regions: {near: {availability: figure(1)}, far: {availability: figure(0.5, 0.1)}},
    stale_fraction: stale === null ? nothing : figure(stale, half),
    staleness: {time_mean: figure(0.2, 0.05), time_max: figure(14, 1)},
    lost_updates: figure(0),
  };
}

/** trials.json of the run that madeUp() makes. */
export function trialsOf(name, options = {}) {
  return {
    scenario: name,
    trials: 20,
    confidence: 0.95,
    seeds: [1, 2],
    workloads: {
      shoppers: {
        phases: {
          before: phaseOfTrials(options),
          'during cut': phaseOfTrials({...options, availability: 0.5}),
          'after cut': phaseOfTrials(options),
          all: phaseOfTrials(options),
        },
      },
    },
    checks: {
      linearizable: {
        valid: 0,
        invalid: 20,
        unknown: 0,
        held: {value: 0, low: 0, high: 0.17, trials: 20},
      },
      causal: {
        valid: 20,
        invalid: 0,
        unknown: 0,
        held: {value: 1, low: 0.83, high: 1, trials: 20},
      },
      pram: {
        valid: 9,
        invalid: 11,
        unknown: 0,
        held: {value: 0.45, low: 0.23, high: 0.68, trials: 20},
      },
      convergence: {valid: 0, invalid: 0, unknown: 20, held: nothing},
    },
    expectations: [
      {text: 'availability above 0.9', met: {value: 0.9, low: 0.68, high: 0.99, trials: 20}},
    ],
  };
}

/** comparison.json of scenarios with these names. */
export function comparisonOf(names) {
  const difference = (position, metric, phase, value, half, differs) => ({
    scenario: names[position],
    position,
    workload: 'shoppers',
    phase,
    metric,
    ...figure(value, half),
    differs,
  });
  return {
    baseline: names[0],
    trials: 20,
    confidence: 0.95,
    correction: 'Holm',
    comparisons: 4,
    differences: names
      .slice(1)
      .flatMap((_, i) => [
        difference(i + 1, 'latency.p99', 'before', 0.073, 0.006, true),
        difference(i + 1, 'latency.p99', 'during cut', -0.001, 0.02, false),
        difference(i + 1, 'availability', 'before', -0.39, 0.01, true),
        difference(i + 1, 'lost_updates', 'before', 0, 0, false),
      ]),
    scenarios: names.map((name) => trialsOf(name)),
  };
}

/** A parameter of a sweep. */
export const parameter = (name, values, numbers = null) => ({
  pointer: `/services/store/${name}`,
  name,
  values,
  kind: typeof values[0] === 'string' ? 'text' : typeof values[0],
  numbers,
  unit: numbers === null ? null : 's',
});

/**
 * sweep.json of points {values, ...what phaseOfTrials takes}; `values` are in the order of the
 * parameters, and a point without figures has failed.
 */
export function sweepOf(parameters, points, {plan = 'grid', base = [], trials = 20} = {}) {
  const named = (values) =>
    Object.fromEntries(values.map((value, i) => [parameters[i].pointer, value]));
  return {
    sweep: 'made-up',
    scenario: 'Made up',
    plan,
    trials,
    confidence: 0.95,
    parameters,
    base: named(base),
    points: points.map(({values, failed, ...measured}, i) => ({
      point: i + 1,
      values: named(values),
      status: failed ? 'failed' : 'done',
      summary: failed
        ? {}
        : {
            workloads: {shoppers: {phases: {all: phaseOfTrials(measured)}}},
            checks: {},
            expectations: [],
          },
    })),
  };
}

/** The run, if it was long enough to tell how sure some of its latencies are. */
export function withIntervals(run) {
  run.result.workloads.shoppers.intervals = {
    before: {
      latency: {
        p50: {value: 0.02, low: 0.018, high: 0.023, stretches: 20},
        p90: {value: 0.03, low: 0.027, high: null, stretches: 20},
        p99: {why: '400 operations are too few, 10000 would do'},
      },
    },
  };
  return run;
}

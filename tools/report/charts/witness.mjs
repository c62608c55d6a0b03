// What convinces a person that a history broke its promise: the calls of a witness as bars, one
// lane a client, the answer that fits nowhere in colour; of transactions a cycle of dependencies.
import {bad, config, palette, schema, wrapped} from '../theme.mjs';

const mostCalls = 60;

const title = (text, subtitle) => ({text: wrapped(text), subtitle: wrapped(subtitle, 105)});

/** The calls of the first witness of a verdict (see `faultline check --out`), or null. */
export function calls(verdict) {
  const found = verdict.witness?.[0];
  if (found === undefined) return null;
  // Of very many calls the last ones, where it went wrong.
  const witness = {...found, operations: found.operations.slice(-mostCalls)};
  const scale = verdict.counts_events ? 1 : 1e-6;
  const first = Math.min(...witness.operations.map((each) => each.invoked));
  const origin = verdict.counts_events ? 0 : first;
  const at = (time) => (time - origin) * scale;
  const ends = witness.operations.flatMap((each) => [each.invoked, each.completed ?? each.invoked]);
  const span = Math.max(1, Math.max(...ends) - first) * scale;
  const end = at(Math.max(...ends)) + 0.12 * span;
  const lane = (each) => `${verdict.counts_events ? 'process' : 'session'} ${each.session}`;
  const lanes = [...new Set(witness.operations.map(lane))].sort((a, b) =>
    a.localeCompare(b, 'en', {numeric: true}),
  );
  const short = (each) => each.what.replace(' of ', ' ');
  // Neighbours in a lane have their words above and below, so that they can be read.
  const met = new Map();
  const turn = (each) => {
    const before = met.get(lane(each)) ?? 0;
    met.set(lane(each), before + 1);
    return before % 2 === 0;
  };
  const values = witness.operations.map((each) => ({
    lane: lane(each),
    above: turn(each),
    text: each.outcome === 'ok' ? short(each) : `${short(each)} (${each.outcome})`,
    from: at(each.invoked),
    to: each.completed === null || each.outcome === 'unknown' ? end : at(each.completed),
    role:
      each.id === witness.culprit
        ? 'fits nowhere'
        : each.outcome === 'unknown'
          ? 'outcome unknown'
          : 'answered',
  }));
  const roles = ['answered', 'outcome unknown', 'fits nowhere'];
  const x = (field) => ({
    field,
    type: 'quantitative',
    title: verdict.counts_events
      ? 'event of the history'
      : `time (ms after ${(first / 1e9).toFixed(4)} s)`,
    scale: {domain: [at(first) - 0.02 * span, end], nice: false},
  });
  const y = {
    field: 'lane',
    type: 'nominal',
    sort: lanes,
    scale: {domain: lanes},
    title: null,
    axis: {grid: true, tickSize: 0, domain: false, labelLimit: 200},
  };
  return {
    $schema: schema,
    config,
    title: title(
      `Not ${verdict.level.replaceAll('_', ' ')}: ${verdict.violations === 1 ? 'one object' : `${verdict.violations} violations`}`,
      `key ${witness.key}: ${witness.explanation}`,
    ),
    width: 620,
    height: {step: 52},
    layer: [
      {
        data: {values},
        mark: {type: 'bar', height: 14, cornerRadius: 2},
        encoding: {
          x: x('from'),
          x2: {field: 'to'},
          y,
          color: {
            field: 'role',
            type: 'nominal',
            title: null,
            scale: {domain: roles, range: [palette[0], palette[5], bad]},
          },
          tooltip: [{field: 'text'}, {field: 'from'}, {field: 'to'}],
        },
      },
      {
        data: {values: values.map((each) => ({...each, right: each.from > end - 0.35 * span}))},
        layer: [
          [false, true],
          [false, false],
          [true, true],
          [true, false],
        ].map(([right, above]) => ({
          transform: [{filter: `datum.right === ${right} && datum.above === ${above}`}],
          mark: {
            type: 'text',
            align: right ? 'right' : 'left',
            baseline: above ? 'bottom' : 'top',
            dy: above ? -9 : 9,
            fontSize: 11,
          },
          encoding: {x: x(right ? 'to' : 'from'), y, text: {field: 'text'}},
        })),
      },
    ],
  };
}

/** The shortest cycle of dependencies that broke a level, or null if no cycle did. */
export function dependencies(verdict) {
  const found = (verdict.anomalies ?? []).find((each) =>
    each.witness.some((witness) => witness.cycle.length > 0),
  );
  if (found === undefined) return null;
  const {cycle, explanation} = found.witness.find((witness) => witness.cycle.length > 0);
  const names = cycle.map((edge) => edge.from);
  const place = (index) => {
    const angle = (2 * Math.PI * index) / names.length - Math.PI / 2;
    return {x: Math.cos(angle), y: -Math.sin(angle)};
  };
  const nodes = names.map((name, index) => ({name, ...place(index)}));
  const node = new Map(nodes.map((each) => [each.name, each]));
  // Two edges between the same two transactions would lie on one another: bow them apart.
  const edges = cycle.flatMap((edge, index) => {
    const [a, b] = [node.get(edge.from), node.get(edge.to)];
    const bow = names.length === 2 ? 0.35 : 0.08;
    return Array.from({length: 21}, (_, step) => {
      const t = 0.14 + (0.72 * step) / 20;
      const lift = 4 * bow * t * (1 - t);
      return {
        edge: index,
        step,
        kind: edge.kind,
        reason: edge.reason,
        x: a.x + t * (b.x - a.x) - lift * (b.y - a.y),
        y: a.y + t * (b.y - a.y) + lift * (b.x - a.x),
      };
    });
  });
  const kinds = [...new Set(cycle.map((edge) => edge.kind))];
  const position = (field) => ({
    field,
    type: 'quantitative',
    axis: null,
    scale: {domain: [-1.35, 1.35]},
  });
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    scale: {domain: kinds, range: palette},
  };
  const heads = edges
    .filter((point) => point.step === 20)
    .map((point) => {
      const before = edges.find((each) => each.edge === point.edge && each.step === 19);
      const turn = Math.atan2(point.x - before.x, point.y - before.y);
      return {...point, turn: (turn * 180) / Math.PI};
    });
  return {
    $schema: schema,
    config,
    title: title(
      `Not ${verdict.level}: ${found.anomaly}, a cycle of ${names.length} transactions`,
      explanation,
    ),
    width: 420,
    height: 420,
    layer: [
      {
        data: {values: edges},
        mark: {type: 'line', strokeWidth: 2},
        encoding: {
          x: position('x'),
          y: position('y'),
          detail: {field: 'edge', type: 'nominal'},
          order: {field: 'step', type: 'quantitative'},
          color,
          tooltip: [{field: 'reason'}],
        },
      },
      {
        data: {values: heads},
        mark: {type: 'point', shape: 'triangle-up', filled: true, size: 140, opacity: 1},
        encoding: {
          x: position('x'),
          y: position('y'),
          color,
          angle: {field: 'turn', type: 'quantitative', scale: {domain: [0, 360], range: [0, 360]}},
        },
      },
      {
        data: {values: edges.filter((point) => point.step === 10)},
        mark: {type: 'text', fontSize: 12, fontWeight: 600, dy: -8},
        encoding: {x: position('x'), y: position('y'), text: {field: 'kind'}, color},
      },
      {
        data: {values: nodes},
        mark: {type: 'text', fontSize: 14, fontWeight: 600},
        encoding: {x: position('x'), y: position('y'), text: {field: 'name'}},
      },
    ],
  };
}

// The space-time diagram (Lamport 1978) of a violation: a lane for each process, time to the right,
// an arrow for each message; what clients did as bars, lost messages dashed and crossed.
import {bad, config, palette, schema, wrapped} from '../theme.mjs';
import {faultLayers} from './common.mjs';

const mostMessages = 150;
/** Messages on their way for longer than this many times the filmed stretch leave the picture. */
const longest = 4;

function what(operation) {
  const value = (v) => (v === null ? 'nothing' : v);
  const text =
    operation.kind === 'get'
      ? `reads ${operation.observed.map(value).join(', ') || 'no answer'}`
      : `writes ${value(operation.written)}`;
  return operation.outcome === 'ok' ? text : `${text} (${operation.outcome})`;
}

export function spacetime(run) {
  const film = run.spacetime;
  if (film === null || film.lanes.length === 0) return null;
  const names = film.lanes.map((lane) =>
    lane.region && !lane.name.includes(lane.region) ? `${lane.name} · ${lane.region}` : lane.name,
  );
  const nameOf = new Map(film.lanes.map((lane, index) => [lane.name, names[index]]));
  const ms = (seconds) => (seconds - film.from) * 1e3;
  const messages = film.messages.slice(0, mostMessages).map((message) => ({
    name: message.name,
    from: nameOf.get(message.from) ?? message.from,
    to: nameOf.get(message.to) ?? message.to,
    sent: ms(message.sent),
    // A lost message ends in the middle of nowhere: shortly after it was sent.
    received: message.received === null ? ms(message.sent) : ms(message.received),
    fate: message.received === null ? 'lost' : 'arrives',
  }));
  const filmed = ms(film.to);
  const end = Math.min(
    longest * filmed,
    Math.max(filmed, ...messages.map((message) => message.received)),
  );
  const operations = film.operations.map((operation) => ({
    lane: nameOf.get(operation.lane),
    text: what(operation),
    from: ms(operation.invoked),
    to: operation.completed === null ? filmed : ms(operation.completed),
  }));
  const y = (field) => ({
    field,
    type: 'nominal',
    sort: names,
    scale: {domain: names},
    title: null,
    axis: {grid: true, tickSize: 0, domain: false},
  });
  const x = (field) => ({
    field,
    type: 'quantitative',
    title: `time (ms after ${film.from.toFixed(4)} s)`,
    scale: {domain: [0, end], nice: false},
  });
  const faults = film.faults.map((fault) => ({
    label: fault.label,
    from: Math.max(0, ms(fault.from)),
    to: fault.to === null ? null : ms(fault.to),
  }));
  const lines = messages.filter((message) => message.from !== message.to);
  const dropped =
    film.messages.length > mostMessages
      ? `; the first ${mostMessages} of ${film.messages.length} messages`
      : '';
  return {
    $schema: schema,
    config: {
      ...config,
      axis: {...config.axis, labelLimit: 260},
      legend: {...config.legend, columns: 4},
    },
    title: {
      text: wrapped('The messages around the first violation'),
      subtitle: wrapped(`key ${film.key}: ${film.title}${dropped}`, 105),
    },
    width: 620,
    height: {step: 34},
    layer: [
      ...faultLayers(faults, end),
      {
        data: {values: lines},
        mark: {type: 'rule', strokeWidth: 1.2, opacity: 0.75, clip: true},
        encoding: {
          x: x('sent'),
          x2: {field: 'received'},
          y: y('from'),
          y2: {field: 'to'},
          color: {field: 'name', type: 'nominal', scale: {range: palette}},
          strokeDash: {
            field: 'fate',
            type: 'nominal',
            scale: {
              domain: ['arrives', 'lost'],
              range: [
                [1, 0],
                [3, 3],
              ],
            },
            legend: null,
          },
          tooltip: [
            {field: 'name'},
            {field: 'from'},
            {field: 'to'},
            {field: 'sent', format: '.3f'},
            {field: 'received', format: '.3f'},
            {field: 'fate'},
          ],
        },
      },
      {
        data: {values: lines.filter((message) => message.fate === 'arrives')},
        mark: {
          type: 'point',
          filled: true,
          size: 22,
          shape: 'circle',
          opacity: 0.9,
          clip: true,
        },
        encoding: {x: x('received'), y: y('to'), color: {field: 'name', type: 'nominal'}},
      },
      {
        data: {values: lines.filter((message) => message.fate === 'lost')},
        mark: {type: 'point', size: 60, shape: 'cross', angle: 45, filled: true, color: bad},
        encoding: {x: x('sent'), y: y('from')},
      },
      {
        data: {values: operations},
        mark: {type: 'bar', height: 14, color: '#333333', cornerRadius: 2},
        encoding: {x: x('from'), x2: {field: 'to'}, y: y('lane'), tooltip: [{field: 'text'}]},
      },
      {
        data: {
          values: operations.map((operation) => ({
            ...operation,
            align: operation.from > end * 0.7,
          })),
        },
        layer: [false, true].map((right) => ({
          transform: [{filter: `datum.align === ${right}`}],
          mark: {
            type: 'text',
            align: right ? 'right' : 'left',
            baseline: 'bottom',
            dy: -8,
            fontSize: 11,
            fontWeight: 600,
          },
          encoding: {x: x(right ? 'to' : 'from'), y: y('lane'), text: {field: 'text'}},
        })),
      },
    ],
  };
}

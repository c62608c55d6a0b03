// Draws how speed changes with size, for tools/bench/scaling.py:
//   node scaling.mjs FOLDER < figures.json
// figures.json: [{name, what, growth, points: [{size, events_per_second}]}]
import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

import {pictured} from '../report/picture.mjs';
import {bySeries, config, schema, wrapped} from '../report/theme.mjs';

/** Both axes in powers of ten. */
function chart(name, title, subtitle, figures, size) {
  const values = figures.flatMap((figure) =>
    figure.points.map((point) => ({...point, series: figure.name})),
  );
  const series = figures.length > 1 ? bySeries(figures.map((figure) => figure.name)) : {};
  return {
    name,
    spec: {
      $schema: schema,
      config,
      title: {text: wrapped(title), subtitle: wrapped(subtitle, 105)},
      width: 720,
      height: 300,
      data: {values},
      mark: {type: 'line', point: {size: 50}},
      encoding: {
        x: {
          field: 'size',
          type: 'quantitative',
          scale: {type: 'log'},
          axis: {format: '~s', title: size},
        },
        y: {
          field: 'events_per_second',
          type: 'quantitative',
          scale: {type: 'log'},
          axis: {format: '~s', title: 'events a second of real time'},
        },
        ...series,
      },
    },
  };
}

const [folder] = process.argv.slice(2);
const figures = JSON.parse(readFileSync(0, 'utf8'));
const charts = figures.map((figure) =>
  chart(
    figure.name.replaceAll(' ', '-'),
    `Events a second against ${figure.name}`,
    `Time an event grows by the power ${figure.growth.toFixed(2)} of the size (0: not at all; 1: an event looks at everything).`,
    [figure],
    figure.what,
  ),
);
charts.push(
  chart(
    'all',
    'Speed against size',
    'One size grows, all else stays. A line as flat as the first four is work in proportion to events, but for caches; transfers that share links are divided anew whenever one begins or ends.',
    figures,
    'hosts, messages, keys, transfers',
  ),
);
mkdirSync(folder, {recursive: true});
for (const each of charts) {
  const path = join(folder, `${each.name}.svg`);
  writeFileSync(`${path}.partial`, `${await pictured(each)}\n`);
  renameSync(`${path}.partial`, path);
}

// How all charts look. Colours are those of Okabe and Ito (2008), which people with any kind of
// colour vision can tell apart; lines also differ in their dashes, so that they survive a
// black-and-white printer.
export const palette = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
];
export const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 2],
  [1, 3],
  [10, 4],
];
export const shapes = ['circle', 'square', 'triangle-up', 'cross', 'diamond', 'triangle-down'];
/** From little to much: one hue, lighter to darker, so that it survives a printer too. */
export const sequential = ['#eaf3fa', '#9cc7e3', '#3b8fc4', '#00518a', '#00284a'];
export const good = '#009E73';
export const bad = '#D55E00';
export const faultShade = '#999999';

const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export const config = {
  background: '#ffffff',
  font,
  padding: 8,
  view: {stroke: null},
  title: {
    anchor: 'start',
    fontSize: 15,
    fontWeight: 600,
    subtitleFontSize: 12,
    subtitleColor: '#555555',
    offset: 12,
    subtitlePadding: 4,
  },
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 400,
    gridColor: '#e6e6e6',
    domainColor: '#888888',
    tickColor: '#888888',
    titleColor: '#333333',
    labelColor: '#333333',
  },
  legend: {
    orient: 'bottom',
    title: null,
    labelFontSize: 12,
    symbolStrokeWidth: 2.5,
    symbolSize: 200,
    symbolOpacity: 1,
    columns: 3,
    labelLimit: 260,
  },
  line: {strokeWidth: 2},
  range: {category: palette},
};

export const schema = 'https://vega.github.io/schema/vega-lite/v6.json';

/** A title that wraps: Vega does not break lines by itself. */
export function wrapped(text, width = 88) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Colour and dash by series, in the order of `names`. */
export function bySeries(names) {
  const scale = (range) => ({domain: names, range: names.map((_, i) => range[i % range.length])});
  const legend = {symbolType: 'stroke'}; // also where points lie on the lines
  return {
    color: {field: 'series', type: 'nominal', scale: scale(palette), sort: null, legend},
    strokeDash: {field: 'series', type: 'nominal', scale: scale(dashes), sort: null, legend},
  };
}

// Draws a chart as the report does, and says what Vega had to say about it.
import {createRequire} from 'node:module';

const require = createRequire(new URL('../../tools/report/report.mjs', import.meta.url));

/** {svg, warnings} of a specification. */
export async function drawn(spec) {
  const vega = await import(require.resolve('vega'));
  const vegaLite = await import(require.resolve('vega-lite'));
  const warnings = [];
  const logger = {level: () => logger, info: () => logger, debug: () => logger};
  logger.warn = logger.error = (...words) => (warnings.push(words.join(' ')), logger);
  const compiled = vegaLite.compile(spec, {logger}).spec;
  const svg = await new vega.View(vega.parse(compiled), {renderer: 'none'}).toSVG();
  return {svg, warnings};
}

export const named = (charts, name) => charts.find((chart) => chart.name === name)?.spec;
export const titleOf = (spec) => spec.title.text.join(' ');
export const subtitleOf = (spec) => spec.title.subtitle.join(' ');
/** The layers that draw with a mark. */
export const marks = (spec, type) => spec.layer.filter((layer) => layer.mark.type === type);
export const valuesOf = (layers) => layers.flatMap((layer) => layer.data.values);

// A chart's specification as a picture.

/** The SVG of a chart ({name, spec}); what Vega warns of is an error. */
export async function pictured(chart) {
  const vega = await import('vega');
  const vegaLite = await import('vega-lite');
  const warnings = [];
  const logger = {
    level: () => logger,
    warn: (...m) => (warnings.push(m.join(' ')), logger),
    info: () => logger,
    debug: () => logger,
    error: (...m) => (warnings.push(m.join(' ')), logger),
  };
  const {spec} = vegaLite.compile(chart.spec, {logger});
  if (warnings.length > 0) throw new Error(`chart ${chart.name}: ${warnings.join('; ')}`);
  return await new vega.View(vega.parse(spec), {renderer: 'none'}).toSVG();
}

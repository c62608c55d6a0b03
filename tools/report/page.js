// Draws the charts of a page again, to fit the screen, and with tooltips. Runs in the browser,
// where `specs` holds each chart's Vega-Lite by the id of its figure.
const pen = document.createElement('canvas').getContext('2d');

for (const [name, spec] of Object.entries(specs)) {
  // Charts whose height follows from their rows keep their own layout.
  if (typeof spec.height !== 'number') continue;
  const place = document.querySelector(`#${CSS.escape(name)} .chart`);
  const asDrawn = place.innerHTML;
  vegaEmbed(place, fitted(spec, place.clientWidth), {renderer: 'svg', actions: false}).catch(
    () => {
      place.innerHTML = asDrawn;
    },
  );
}

function fitted(spec, width) {
  const {font, title, legend, padding, axis} = spec.config;
  const room = width - 2 * padding;
  const longest = (channel, size) => {
    const names = (spec.layer ?? [spec])
      .flatMap((layer) => layer.encoding?.[channel]?.scale?.domain ?? [])
      .filter((name) => typeof name === 'string');
    return Math.max(0, ...names.map((label) => measured(label, size, font)));
  };
  const mostOfRows = Math.min(spec.config.axisY?.labelLimit ?? 0, 0.4 * room);
  const rows = Math.min(mostOfRows, longest('y', axis.labelFontSize)); // left of the legend
  const symbol = 45; // beside each label, with the room between columns
  const columns = Math.floor((room - rows) / (longest('color', legend.labelFontSize) + symbol));
  return {
    ...spec,
    width,
    autosize: {type: 'fit-x', contains: 'padding'},
    title: {
      ...spec.title,
      text: wrapped(spec.title.text, room, title.fontSize, font, title.fontWeight),
      subtitle: wrapped(spec.title.subtitle, room, title.subtitleFontSize, font),
    },
    config: {
      ...spec.config,
      ...(mostOfRows > 0 && {axisY: {...spec.config.axisY, labelLimit: mostOfRows}}),
      legend: {
        ...legend,
        columns: Math.max(1, Math.min(legend.columns, columns)),
        labelLimit: Math.min(legend.labelLimit, room - rows - symbol),
      },
    },
  };
}

/** How wide a text is, in pixels. */
function measured(text, size, font, weight = 400) {
  pen.font = `${weight} ${size}px ${font}`;
  return pen.measureText(text).width;
}

function wrapped(lines, room, size, font, weight) {
  return lines
    .join(' ')
    .split(' ')
    .reduce((all, word) => {
      const last = all.length - 1;
      const longer = `${all[last]} ${word}`;
      if (last >= 0 && measured(longer, size, font, weight) <= room) all[last] = longer;
      else all.push(word);
      return all;
    }, []);
}

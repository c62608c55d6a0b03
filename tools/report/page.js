// Draws the charts of a page again, to fit the screen, and with tooltips. Runs in the browser,
// where `specs` holds each chart's Vega-Lite by the id of its figure.
for (const [name, spec] of Object.entries(specs)) {
  // Charts whose height follows from their rows keep their own layout.
  if (typeof spec.height !== 'number') continue;
  const place = document.querySelector(`#${CSS.escape(name)} .chart`);
  const asDrawn = place.innerHTML;
  vegaEmbed(place, fitted(spec, place.clientWidth), {renderer: 'svg', actions: false}).catch(() => {
    place.innerHTML = asDrawn;
  });
}

function fitted(spec, room) {
  const wide = {...spec, width: room, autosize: {type: 'fit-x', contains: 'padding'}};
  if (room >= 560) return wide;
  return {
    ...wide,
    title: {
      ...spec.title,
      text: wrapped(spec.title.text, Math.floor(room / 8.2)),
      subtitle: wrapped(spec.title.subtitle, Math.floor(room / 6.2)),
    },
    config: {
      ...spec.config,
      legend: {...spec.config.legend, columns: 2, labelLimit: room / 2 - 50},
    },
  };
}

function wrapped(lines, width) {
  return lines
    .join(' ')
    .split(' ')
    .reduce((all, word) => {
      const last = all.length - 1;
      if (last >= 0 && all[last].length + word.length < width) all[last] += ` ${word}`;
      else all.push(word);
      return all;
    }, []);
}

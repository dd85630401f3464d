// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/* Functions that run inside the browser's page; plain JavaScript, because the types of a page are not those of the tests. */

export function areAllDrawn() {
  const panels = [...document.querySelectorAll('[data-panel]')];
  return panels.length > 0 && panels.every(({ dataset }) => dataset.state !== 'loading');
}

/** Two frames: one to draw, one to have drawn. */
export function twoFrames() {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}

export function isPainted(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  return pixels.some((pixel) => pixel !== pixels[0]);
}

export function coloursMissing(canvas, colours) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return colours.filter((colour) => {
    const wanted = colour.match(/\d+/g).slice(0, 3).map(Number);
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 250 && wanted.every((value, channel) => Math.abs(data[at + channel] - value) < 4))
        return false;
    }
    return true;
  });
}

export function backgroundOf(element) {
  return getComputedStyle(element).backgroundColor;
}

export function textColourOf(element) {
  return getComputedStyle(element).color;
}

/** What a browser does when its tab goes behind another one. */
export function setHidden(hidden) {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}

/** What of the panels cannot be read whole: texts that end in an ellipsis, and columns and legends one would have to scroll to. */
export function cuts() {
  const style = (element) => getComputedStyle(element);
  const isAround = (element, selector) => element.closest(selector) !== null;
  return [...document.querySelectorAll('[data-panel]')].flatMap((panel) => {
    const title = panel.querySelector('h2, h6')?.textContent ?? panel.dataset.panel;
    return [...panel.querySelectorAll('*')].flatMap((element) => {
      const [right, down] = [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight];
      const { textOverflow, overflowX, overflowY, display } = style(element);
      const text = element.textContent.slice(0, 60);
      if (display === 'inline' || element.clientWidth === 0) return [];
      if (textOverflow === 'ellipsis' && right > 0 && text !== '') return [`${title}: "${text}" is cut`];
      if (['auto', 'scroll'].includes(overflowX) && right > 1)
        return [`${title}: columns beyond the right edge, ${right} px`];
      const isLegend =
        isAround(element, '[data-testid="data-testid Viz layout legend"]') ||
        element.querySelector('[data-testid^="data-testid VizLegend"]');
      if (isLegend && ['auto', 'scroll'].includes(overflowY) && down > 1)
        return [`${title}: the legend has more, ${down} px`];
      return [];
    });
  });
}

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

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
export function areAllDrawn(): boolean;
export function twoFrames(): Promise<void>;
/** Whether a canvas shows anything but one even colour. */
export function isPainted(canvas: unknown): boolean;
export function setHidden(hidden: boolean): void;
/** Those of the colours, each given as `rgb(1, 2, 3)`, that no opaque pixel of the canvas has. */
export function coloursMissing(canvas: unknown, colours: readonly string[]): string[];
export function backgroundOf(element: unknown): string;
export function textColourOf(element: unknown): string;
/** What of the panels cannot be read whole, one phrase each. */
export function cuts(): string[];

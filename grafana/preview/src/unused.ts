// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Stands in for the code editor, the map library and the rendering on servers, which no panel of ours uses. */
export default undefined;
export const loader = { config() {} };

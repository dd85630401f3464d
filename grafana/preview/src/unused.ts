// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Stands in for the code editor and the map library, which no panel of ours loads. */
export default undefined;
export const loader = { config() {} };

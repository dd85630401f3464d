// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** For those who start processes and know nothing of what they measure. */
export { type Endpoint, endpoints } from '../otel/src/catalogue/catalogue.ts';

// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
export function copyAndSort(copies: number): void;

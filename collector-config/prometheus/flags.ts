// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

/** Prometheus settings that exist on the command line only; native mode passes them, and a test compares the Compose file with them. */
export const prometheusFlags = [
  // Writes a zero where a new series began; otherwise everything counted before its first scrape is lost to rate() and increase().
  '--enable-feature=created-timestamp-zero-ingestion',
  // 160 MB: a query that wants more is refused, and Prometheus keeps within its memory. No panel comes near.
  '--query.max-samples=10000000',
  // The longest month, and a day: what is spent in one is counted from its first midnight.
  '--storage.tsdb.retention.time=32d',
  '--storage.tsdb.retention.size=10GB',
] as const;

/** For tests, whose targets are there from the beginning: the first scrapes come at once, not when Prometheus looks after 5 s. */
export const scrapesAtOnce = '--scrape.discovery-reload-interval=100ms';

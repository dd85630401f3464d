// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
import type { catalogue } from '../catalogue/catalogue.ts';
import { counter, histogram, observed, quietly, startClock } from './instruments.ts';

/** Recorders for the stages of answering from documents. They never throw, whatever they are given. */

const stageName = 'onyx_rag_stage_duration_seconds';
const resultsName = 'onyx_rag_results_total';

/** A stage of answering from documents; no convention names them. */
export type RagStage = (typeof catalogue)[typeof stageName]['labels']['stage']['values'][number];

const recordStage = histogram(stageName);
const countResults = counter(resultsName);
const countEmpty = counter('onyx_rag_empty_results_total');
const recordBest = histogram('onyx_rag_best_similarity');

/** What is timed. */
export interface RagStageLabels {
  /** Which stage it is. */
  readonly stage: RagStage;
}

/** A stage whose clock runs. */
export interface RunningRagStage {
  /** Records the stage, the first time it is called. */
  end(): void;
}

/** `onyx_rag_*`: the stages of answering from documents, in seconds, and what a retrieval found. */
export const ragStages = {
  /**
   * Records a stage that was timed elsewhere.
   *
   * @param seconds from 0 to a day; anything else is dropped and counted
   */
  record(seconds: number, labels: RagStageLabels): void {
    quietly(stageName, () => recordStage(seconds, { stage: labels.stage }));
  },

  /** `onyx_rag_stage_duration_seconds`: starts the clock of a stage whose end is not a promise, such as a streamed answer. */
  start(labels: RagStageLabels): RunningRagStage {
    return startClock(stageName, (seconds) => recordStage(seconds, { stage: labels.stage }));
  },

  /** Runs `action` and records how long it took, well or not; passes on what it returns or throws. */
  measure<T>(labels: RagStageLabels, action: () => T | Promise<T>): Promise<T> {
    const running = ragStages.start(labels);
    return observed(stageName, action, () => running.end());
  },

  /**
   * `onyx_rag_results_total`, `onyx_rag_empty_results_total`, `onyx_rag_best_similarity`: what one retrieval returned.
   *
   * @param similarities of the results returned, in any order, -1 to 1; below 0 counts as 0
   */
  found(similarities: readonly number[]): void {
    quietly(resultsName, () => {
      countResults(similarities.length, {});
      if (similarities.length === 0) countEmpty(1, {});
      else recordBest(Math.max(0, ...similarities), {});
    });
  },
};

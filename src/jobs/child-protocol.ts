import type { ProgressEvent } from "../train/progress.ts";

/** How the child of a worker ends. Anything else, a signal above all, is a death. */
export const exitCodes = { done: 0, failed: 1, refused: 2, busy: 75, stopped: 143 } as const;

/** What the child tells its worker while it trains. */
export interface JobMessage {
  readonly kind: "progress";
  readonly event: ProgressEvent;
}

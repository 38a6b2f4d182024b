/** Libraries that train in a page. */
export const browserContestants = ["fovea", "jax-js", "TensorFlow.js"] as const;
export type BrowserContestant = (typeof browserContestants)[number];

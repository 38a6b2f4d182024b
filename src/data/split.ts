/** The part of a data set: what is learned from, what is held out to choose by, and what is looked at once. */
export type Split = "train" | "val" | "test";
export const splits = ["train", "val", "test"] as const;

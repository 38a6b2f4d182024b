/** The part of a data set: what is learned from, and what is held out. */
export type Split = "train" | "val";
export const splits = ["train", "val"] as const;

import { parentPort } from "node:worker_threads";

import { fileCalls } from "./file-calls.node.ts";
import { type Answer, failure, perform, type Task } from "./saver-task.node.ts";

/** The saver's thread: one task at a time, with synchronous calls that stall nobody here. */
parentPort?.on("message", (task: Task) => {
  let answer: Answer;
  try {
    answer = { ok: true, saved: perform(fileCalls, task) };
  } catch (error) {
    answer = failure(error);
  }
  parentPort?.postMessage(answer);
});

import { exitCodeOf, runJob } from "./run-job.ts";

/** Entry of a worker's child process: `node job-process.js DIRECTORY`. Its worker listens on the IPC channel. */
const [, , directory = ""] = process.argv;

try {
  process.exitCode = await runJob(directory, (message) => {
    if (process.connected) process.send?.(message);
  });
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
if (process.connected) process.disconnect();

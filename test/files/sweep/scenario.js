/**
 * What the sweeps kill and disturb: `node scenario.js NAME DIRECTORY`. Runs the compiled code of dist/, says what it
 * may acknowledge on standard output (`did ...`) and what failed (`failed CODE`). Exit 0: everything acknowledged;
 * 3: something was refused with a FoveaError; anything else would be a bug of ours.
 */
import { accessSync, writeSync } from "node:fs";
import { join } from "node:path";
import { exit, argv } from "node:process";

import { FoveaError } from "../../../dist/errors/fovea-error.js";
import * as files from "../../../dist/files/index.js";

const [, , name, directory] = argv;
/** `fill` meets the full disk itself, not the check before it. */
const io = name === "fill" ? { ...files.fileCalls, freeBytes: () => Infinity } : files.fileCalls;
const checkpoints = join(directory, "checkpoints");

/** Where the counting of file calls starts and ends: the process's own start is not our concern. */
function mark(which) {
  try {
    accessSync(`/fovea-sweep-${which}`);
  } catch {
    // never there: only the call is wanted
  }
}

let refused = false;
async function attempt(what, work) {
  mark("begin");
  try {
    await work();
    writeSync(1, `did ${what}\n`);
    mark("end");
  } catch (error) {
    // the pipe to the test is part of what may fail; without it nothing is acknowledged, which is all that counts
    if (!(error instanceof FoveaError) && error.syscall !== "write") throw error;
    refused = true;
    try {
      writeSync(1, `failed ${error.code}\n`);
    } catch {
      // as above
    }
  }
}

const content = (step) => ({
  files: new Map([
    ["model.bin", [new Uint8Array(3000).fill(step), new Uint8Array(2000).fill(step + 1)]],
    ["state.bin", [new Uint8Array(1000).fill(step)]],
  ]),
  fields: { step },
});

const scenarios = {
  async save() {
    for (const step of [2, 3]) {
      await attempt(`save ${step}`, () => {
        files.saveDirectorySync(io, join(checkpoints, files.checkpointName(step)), content(step));
      });
    }
  },
  fill: () => scenarios.save(),
  async prune() {
    for (const step of [1, 2]) {
      await attempt(`prune ${step}`, () => files.removeDurably(io, join(checkpoints, files.checkpointName(step))));
    }
  },
  async resume() {
    await attempt("resume", async () => {
      const lock = await files.acquireRunLock(directory, { staleAfterMs: 50 });
      for (const place of [directory, checkpoints]) files.sweepTemporary(io, place);
      const loaded = files.loadCheckpoint(files.listCheckpoints(checkpoints)[0].path);
      loaded.source("model.bin").read(0, 5000);
      loaded.close();
      const metrics = new files.AppendFile(join(directory, "metrics.jsonl"), { cutTo: loaded.fields.metricsBytes });
      metrics.appendLine('{"resumed":true}');
      metrics.flush();
      metrics.close();
      lock.release();
    });
  },
  async export() {
    await attempt("export", () => {
      files.commitFile(io, join(directory, "export", "model.onnx"), [new Uint8Array(5000).fill(2)], {
        overwrite: true,
      });
    });
    await attempt("result", () => {
      files.commitFile(io, join(directory, "result.json"), [new Uint8Array(500).fill(7)]);
    });
  },
};

await scenarios[name]();
exit(refused ? 3 : 0); // leave at once: what follows in the process is not ours

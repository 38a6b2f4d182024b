import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { checkFreeSpace } from "../../src/files/durable-writer.node.ts";
import { fileCalls } from "../../src/files/file-calls.node.ts";
import { scenarios } from "./sweep/states.ts";

const scenarioFile = fileURLToPath(new URL("./sweep/scenario.js", import.meta.url));
const built = existsSync(fileURLToPath(new URL("../../dist/files/index.js", import.meta.url)));
const canMount = spawnSync("unshare", ["-Urm", "mount", "-t", "tmpfs", "none", tmpdir()]).status === 0;
const canLimit = spawnSync("prlimit", ["--fsize=1000", "true"]).status === 0;
if (!built || !canMount) console.warn("full disk on a tmpfs skipped: needs dist/ (npm run build) and unshare -Urm");
if (!built || !canLimit) console.warn("file size limits skipped: needs dist/ (npm run build) and prlimit");

let root: string;
let template: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-full-"));
  template = join(root, "template");
  scenarios.save.prepare(template);
});
afterAll(() => rmSync(root, { recursive: true }));

function judge(
  directory: string,
  { status, stdout, stderr }: { status: number | null; stdout: Buffer; stderr: Buffer },
): string[] {
  expect([0, 3], stderr.toString()).toContain(status);
  const did = [...stdout.toString().matchAll(/^did (.*)$/gm)].map((match) => match[1]);
  scenarios.save.judge(directory, did);
  if (did.length < 2) expect(stdout.toString()).toMatch(/^failed files\/(enospc|efbig)$/m);
  return did;
}

// the template and each save take four pages of 4 KiB
test.skipIf(!built || !canMount)("a disk that fills up during a save keeps what was saved: 12 sizes", () => {
  const counts = [20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64].map((kiB) => {
    const [disk, out] = ["disk", "out"].map((name) => join(root, `${name}-${kiB}`));
    mkdirSync(disk);
    mkdirSync(out);
    const script =
      'mount -t tmpfs -o "size=$1k" none "$2" && cp -r "$3/." "$2" && "$4" "$5" fill "$2"; rc=$?; cp -r "$2/." "$6"; exit $rc';
    const parameters = [
      "-Urm",
      "sh",
      "-c",
      script,
      "sh",
      String(kiB),
      disk,
      template,
      process.execPath,
      scenarioFile,
      out,
    ];
    return judge(out, spawnSync("unshare", parameters)).length;
  });
  expect(Math.min(...counts)).toBe(0); // the sizes meet every case: nothing fits,
  expect(Math.max(...counts)).toBe(2); // both saves fit
});

test.skipIf(!built || !canLimit)("a file size limit met during a save keeps what was saved: 10 sizes", () => {
  for (let bytes = 0; bytes < 5000; bytes += 500) {
    const directory = join(root, `limit-${bytes}`);
    cpSync(template, directory, { recursive: true });
    const result = spawnSync("prlimit", [`--fsize=${bytes}`, process.execPath, scenarioFile, "save", directory]);
    expect(judge(directory, result)).toEqual([]);
  }
});

test("too little space is told before anything is written, with the bytes missing", () => {
  const io = { ...fileCalls, freeBytes: () => 1000 };
  expect(() => checkFreeSpace(io, "runs/a", 1001)).toThrow(FoveaError);
  expect(() => checkFreeSpace(io, "runs/a", 1000)).toThrow(
    "runs/a: 1200 bytes must be free to save 1000 (1.2 times as much), 1000 are: 200 bytes are missing",
  );
  expect(() => checkFreeSpace(io, "runs/a", 833)).not.toThrow(); // 1.2 × 833 = 999.6
});

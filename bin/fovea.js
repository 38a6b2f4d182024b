#!/usr/bin/env node
// The command `fovea`: runs dist/. In a checkout it builds dist/ first when a source is newer, because `npm ci` runs
// no scripts here. Plain JavaScript, committed: Node 20 runs no TypeScript.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const stamp = join(dist, ".built");
const lock = join(dist, ".building");

if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`fovea needs Node 20 or newer; this is ${process.version}`);
}
if (existsSync(join(root, "src")) && !process.env.FOVEA_NO_BUILD && newest(join(root, "src")) > builtAt()) build();
const { main } = await import("../dist/cli/main.js");
process.exitCode = await main(process.argv.slice(2));

/** Time of the last build, 0 where there is none; `npm run build` leaves its own mark. */
function builtAt() {
  if (!existsSync(join(dist, "cli/main.js"))) return 0;
  return Math.max(
    ...[stamp, join(dist, ".tsbuildinfo")].map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)),
  );
}

/** Newest change of a file below `folder`. */
function newest(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).reduce((latest, entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    return entry.isFile() && path.endsWith(".ts") ? Math.max(latest, statSync(path).mtimeMs) : latest;
  }, 0);
}

function build() {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) fail("this checkout is not built, and the compiler is not there: run npm ci first");
  mkdirSync(dist, { recursive: true });
  const started = Date.now();
  if (!takeLock()) return;
  try {
    process.stderr.write("fovea: building dist/ (once after each change of src/) ...\n");
    const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
      encoding: "utf8",
      cwd: root,
    });
    if (status !== 0) fail(`the build failed:\n${stdout}`);
    writeFileSync(stamp, `${new Date(started).toISOString()}\n`);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** One build at a time. False: another process has just built. */
function takeLock() {
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return !waited || newest(join(root, "src")) > builtAt() || (rmSync(lock, { force: true }), false);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!isAlive(lock)) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isAlive(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > 300_000) return false;
    process.kill(Number(readFileSync(path, "utf8")) || process.pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function fail(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

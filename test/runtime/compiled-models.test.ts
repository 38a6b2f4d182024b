import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sha256 } from "../../src/files/checksum.node.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { input, state } from "../../src/graph/leaf.ts";
import { program, type Program } from "../../src/graph/program.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { trainVit } from "./train-vit.ts";

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "fovea-cache-"));
  vi.stubEnv("FOVEA_CACHE", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const folder = (): string => join(cache, "compiled");
const entries = (): string[] => (existsSync(folder()) ? readdirSync(folder()) : []);

/** Enough nodes to be worth a file; `builtBefore` shifts the numbers of its nodes. */
function chain(factor: number): Program {
  const w = state("w", [4]);
  let y = input("x", [4]).add(w);
  for (let i = 0; i < 500; i++)
    y = y
      .mul(factor)
      .add(i % 2)
      .tanh();
  return program({ outputs: { y } });
}

async function run(of: Program, threads = 1): Promise<readonly number[]> {
  const w = hostTensor("float32", [4], Float32Array.of(1, 2, 3, 4));
  const resident = new ResidentState(resolveDevice({ device: "cpu", threads }), new Map([["w", w]]));
  await using executable = await compile(of, { state: resident });
  const outputs = await executable.run({ x: hostTensor("float32", [4], Float32Array.of(0.1, 0.2, 0.3, 0.4)) });
  return [...(outputs.get("y")?.data ?? [])].map(Number);
}

test("a training step from the cache has the bits of one that was compiled", async () => {
  const compiled = await trainVit("cpu", 3);
  const [entry] = entries();
  expect(entry).toBeDefined();
  const written = statSync(join(folder(), entry!)).ino;
  expect(await trainVit("cpu", 3)).toEqual(compiled);
  expect(statSync(join(folder(), entry!)).ino).toBe(written); // it was read, not written again
  vi.stubEnv("FOVEA_CACHE", "off");
  expect(await trainVit("cpu", 3)).toEqual(compiled);
});

test("the same program is one entry, whatever was built before; another number or thread count is another", async () => {
  const first = await run(chain(0.5));
  expect(await run(chain(0.5))).toEqual(first);
  expect(entries()).toHaveLength(1);
  await run(chain(0.25));
  await run(chain(0.5), 2);
  expect(entries()).toHaveLength(3);
});

test("an entry that was damaged, and one that the runtime refuses, are made anew", async () => {
  const right = await run(chain(0.5));
  const [name] = entries();
  const path = join(folder(), name!);
  const good = readFileSync(path);
  const flipped = Buffer.from(good);
  flipped[good.length >> 1]! ^= 4;
  writeFileSync(path, flipped);
  expect(await run(chain(0.5))).toEqual(right);
  expect(readFileSync(path)).toEqual(good);
  const nonsense = new TextEncoder().encode("no model, but with a good checksum");
  const header = good.subarray(0, good.indexOf("\n") - 64).toString();
  writeFileSync(path, Buffer.concat([Buffer.from(`${header}${sha256(nonsense)}\n`), nonsense]));
  expect(await run(chain(0.5))).toEqual(right);
  expect(readFileSync(path)).toEqual(good);
});

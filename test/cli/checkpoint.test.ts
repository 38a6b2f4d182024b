import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { fovea, jsonLines } from "./fovea-process.ts";

let folder = "";
const floats = (shape: readonly number[], ...values: number[]): HostTensor =>
  hostTensor("float32", shape, Float32Array.from(values));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-checkpoint-"));
  write("a.safetensors", { "blocks.0.fc.weight": floats([2, 2], 1, 2, 3, 4), "blocks.0.fc.bias": floats([2], 0, 1) });
  write("b.safetensors", { "blocks.0.fc.weight": floats([2, 2], 1, 2, 3, 5), "head.bias": floats([1], 7) });
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, tensors: Record<string, HostTensor>): void =>
  writeFileSync(join(folder, name), Buffer.concat([...writeSafetensors(new Map(Object.entries(tensors)))]));

describe("fovea checkpoint", () => {
  test("inspect shows the tree of names with shapes and figures", async () => {
    const { code, stdout } = await fovea(["checkpoint", "inspect", "a.safetensors"], folder);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "blocks.0.fc  6 values",
      "  bias  F32 [2]  0.5 ± 0.5, 0 to 1",
      "  weight  F32 [2, 2]  2.5 ± 1.12, 1 to 4",
      "a.safetensors: safetensors, 2 tensors, 6 values",
    ]);
    expect(code).toBe(0);
  });

  test("convert there and back loses nothing, and diff says so", async () => {
    const there = await fovea(["checkpoint", "convert", "a.safetensors", "a.pth", "--into", "model"], folder);
    expect(there).toMatchObject({ code: 0, stdout: "a.pth: 2 tensors\n" });
    const back = await fovea(["checkpoint", "convert", "a.pth", "back.npz", "--at", "model"], folder);
    expect(back.code).toBe(0);
    const same = await fovea(["checkpoint", "diff", "a.safetensors", "back.npz"], folder);
    expect(same).toMatchObject({ code: 0, stdout: "2 tensors are equal, 0 differ\n" });
  });

  test("diff lists what one file lacks and what differs, and exits with 1", async () => {
    const { code, stdout } = await fovea(["checkpoint", "diff", "a.safetensors", "b.safetensors", "--json"], folder);
    expect(jsonLines(stdout)).toEqual([
      { name: "head.bias", only: "second" },
      { name: "blocks.0.fc.bias", only: "first" },
      { name: "blocks.0.fc.weight", largest: 1, relative: expect.closeTo(1 / Math.sqrt(39), 10) as number },
      { first: "a.safetensors", second: "b.safetensors", equal: 0, different: 3 },
    ]);
    expect(code).toBe(1);
  });

  test("a target that exists, and an extension that nothing writes, are refused by name", async () => {
    const taken = await fovea(["checkpoint", "convert", "a.safetensors", "b.safetensors"], folder);
    expect(taken.stderr).toContain("b.safetensors");
    expect(taken.code).toBe(1);
    const unknown = await fovea(["checkpoint", "convert", "a.safetensors", "a.h5"], folder);
    expect(unknown.stderr).toMatch(/a\.h5: weights are written to \.safetensors, \.npz, \.pth/);
    expect(unknown.code).toBe(2);
  });
});

const resnet20 = fileURLToPath(
  new URL("../../../shared/data/weights-small/resnet20-cifar10/resnet20-12fca82f.th", import.meta.url),
);

describe("fovea checkpoint load", () => {
  test.skipIf(!existsSync(resnet20))("takes a published file and writes it for PyTorch (needs ../shared)", async () => {
    const words = ["checkpoint", "load", "resnet20-padded", resnet20, "--classes", "10", "--to", "own.pth", "--json"];
    const { code, stdout } = await fovea(words, folder);
    expect(jsonLines(stdout)[0]).toMatchObject({ layout: "cifar-resnet", missing: [], misshapen: [], unexpected: [] });
    expect(code).toBe(0);
    const same = await fovea(["checkpoint", "load", "resnet20-padded", "own.pth", "--classes", "10"], folder);
    expect(same.code).toBe(0);
  });

  test("lists what is missing and what has another shape, and exits with 1", async () => {
    write("part.safetensors", { "conv1.weight": floats([1, 1, 1, 1], 1), "stray.weight": floats([1], 1) });
    const { code, stdout } = await fovea(["checkpoint", "load", "resnet8", "part.safetensors", "--json"], folder);
    const [{ missing, misshapen, unexpected }] = jsonLines(stdout);
    expect(missing).toContain("fc.weight");
    expect(misshapen).toEqual(["conv1.weight [1, 1, 1, 1], expected [16, 3, 3, 3]"]);
    expect(unexpected).toEqual(["stray.weight"]);
    expect(code).toBe(1);
  });

  test("a network or layout that is not known is refused with the nearest name", async () => {
    const network = await fovea(["checkpoint", "load", "resnet9x4", "a.safetensors"], folder);
    expect(network.stderr).toMatch(/no network called resnet9x4.*\n.*did you mean resnet8x4\?/s);
    const layout = await fovea(["checkpoint", "load", "resnet8", "a.safetensors", "--layout", "swinn"], folder);
    expect(layout.stderr).toMatch(/no layout called swinn/);
    expect([network.code, layout.code]).toEqual([2, 2]);
  });
});

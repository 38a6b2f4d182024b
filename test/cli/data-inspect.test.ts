import { join } from "node:path";
import { expect, test } from "vitest";
import { dataInspect } from "../../src/cli/commands/data-inspect.ts";
import type { FlagValues } from "../../src/cli/flags.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { newFolder, writeBelow } from "../data/image-files.ts";

async function inspect(json: boolean, ...things: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const terminal = new Terminal({ json, quiet: false, verbose: false, color: false, stdout, stderr });
  // the command reads nothing but the terminal and the things
  const code = (await dataInspect.run({ things, values: [], flags: {} as FlagValues, terminal })) ?? 0;
  return { code, out, err };
}

const root = newFolder();
const [good, bad] = [join(root, "good.npy"), join(root, "bad.npy")];
const npy = new Uint8Array(Buffer.concat(writeNpy(hostTensor("float32", [2, 2], Float32Array.of(1, 2, 3, 4)))));
writeBelow(root, "good.npy", npy);
writeBelow(root, "bad.npy", npy.subarray(0, -1));

test("one JSON object a line for each file; a refusal has the key error, hides no other file, and the code is 1", async () => {
  const { code, out } = await inspect(true, bad, good);
  const [first, second] = out.trim().split("\n").map((line) => JSON.parse(line) as object); // prettier-ignore
  expect(code).toBe(1);
  expect(first).toEqual({ path: bad, error: { code: "formats/npy", message: expect.stringContaining("does not fit the 15 bytes of data") as string, hint: expect.any(String) as string } }); // prettier-ignore
  expect(second).toMatchObject({ path: good, format: "npy", arrays: [{ type: "float32", shape: [2, 2], min: 1, max: 4, sum: 10 }] }); // prettier-ignore
  expect((await inspect(true, good)).code).toBe(0);
});

test("for people: a line for each array, and the refusal as a paragraph", async () => {
  const { out, err } = await inspect(false, good, bad);
  expect(out).toContain("array: float32 [2, 2], 1 to 4");
  expect(err).toContain("error: ");
  expect(err).toContain("bad.npy");
});

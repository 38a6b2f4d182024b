import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dataInspect } from "../../src/cli/commands/data-inspect.ts";
import type { FlagValues } from "../../src/cli/flags.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { newFolder, pngBytes, writeBelow, writeClassFolders } from "../data/image-files.ts";

const inspect = (json: boolean, ...things: string[]) => foveaInspect(things, {}, json);

async function foveaInspect(
  things: readonly string[],
  flags: Partial<FlagValues>,
  json = false,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const terminal = new Terminal({ json, quiet: false, verbose: false, color: false, stdout, stderr });
  // the command reads no other flags
  const code = (await dataInspect.run({ things, values: [], flags: flags as FlagValues, terminal })) ?? 0;
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

test("--html writes one page with counts, classes, sizes, the overlap of the splits and samples, and nothing is fetched", async () => {
  const set = newFolder();
  await writeClassFolders(join(set, "train"), { cat: 3, dog: 2 });
  writeBelow(set, "val/cat/again.png", await pngBytes(0));
  writeBelow(set, "val/dog/wide.png", await pngBytes(99, 20, 9));
  writeBelow(set, "val/dog/<b>.png", "no picture");
  const html = join(set, "page.html");
  const call = (flags: Partial<FlagValues>) => foveaInspect([set], { html, overwrite: false, ...flags });
  expect((await call({})).code).toBe(1);
  const page = readFileSync(html, "utf8");
  for (const text of ["train images", "Classes of train", "2 different sizes", "train/cat/0.png", "Problems: 1"])
    expect(page).toContain(text);
  expect(page).toContain("data:image/png;base64,");
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<b>|(?:src|href)="https?:/);
  await expect(call({})).resolves.toMatchObject({ err: expect.stringContaining("exists already") as string });
  expect((await call({ overwrite: true })).code).toBe(1);
});

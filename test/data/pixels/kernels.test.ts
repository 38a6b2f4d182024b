import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sourcesHash } from "../../../wasm/build.js";

test("the committed kernels are of the sources that lie in wasm/; `node wasm/build.js` makes them anew", () => {
  const committed = readFileSync(new URL("../../../src/data/pixels/pixel-kernels.ts", import.meta.url), "utf8");
  expect(committed).toContain(sourcesHash());
});

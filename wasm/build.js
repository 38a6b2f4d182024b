// Compiles pixels.ts to src/data/pixels/pixel-kernels.ts: `node wasm/build.js`; with --check it only compares.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = here("../src/data/pixels/pixel-kernels.ts");

/** SHA-256 of all sources, by which a test sees kernels that are older than they. */
export function sourcesHash() {
  const hash = createHash("sha256");
  const names = readdirSync(here(".")).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(here(name)));
  return hash.digest("hex");
}

/** The source file that holds the compiled kernels. */
async function compiled() {
  const { default: asc } = await import("assemblyscript/asc");
  let wasm;
  const options = ["--runtime", "stub", "--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert", "--enable", "simd"];
  const files = {
    readFile: (name) => {
      try {
        return readFileSync(here(name), "utf8");
      } catch {
        return null; // the compiler tries several places
      }
    },
    writeFile: (_name, contents) => (wasm = contents),
    listFiles: () => [],
  };
  const command = ["pixels.ts", "--outFile", "pixels.wasm", "--initialMemory", "1", ...options];
  const { error, stderr } = await asc.main(command, files);
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const text = Buffer.from(wasm).toString("base64");
  const head = `/** wasm/pixels.ts compiled by wasm/build.js, in base64. SHA-256 of the sources: ${sourcesHash()}. */`;
  return `${head}\nexport const pixelKernels =\n  "${text}";\n`;
}

if (process.argv[1] === here("build.js")) {
  const text = await compiled();
  if (!process.argv.includes("--check")) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) throw new Error(`${target} is not what wasm/ compiles to`);
}

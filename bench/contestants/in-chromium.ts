/**
 * A library's turn at the ViT step in headless Chromium: `library=jax-js` and the sizes. The page
 * is cross-origin isolated, so that WebAssembly has threads.
 */
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { bundle } from "../../test/browser/bundle.ts";
import { chromiumFlags, findChromium, installChromium } from "../../test/browser/chromium.ts";
import { serve } from "../../test/browser/serve.ts";
import { browserContestants } from "../browser/contestants.ts";
import { sayNotInstalled, serveSteps } from "../serve-steps.ts";
import { parseVitStep } from "../vit-step.ts";

const args = process.argv.slice(2);
const sizes = parseVitStep(args);
const library = browserContestants.find((name) => args.includes(`library=${name}`));
if (library === undefined) throw new Error(`library=NAME: expected one of ${browserContestants.join(", ")}`);
const executablePath = findChromium();
const peers = process.env["FOVEA_PEERS_NODE"];
if (executablePath === undefined || (library !== "fovea" && peers === undefined)) {
  sayNotInstalled(executablePath === undefined ? installChromium : "see bench/README.md, then FOVEA_PEERS_NODE=DIR");
  process.exit(0);
}

const modules = join(resolve(peers ?? "."), "node_modules");
const folders = {
  fovea: {},
  "jax-js": { jax: "@jax-js/jax/dist" },
  "TensorFlow.js": { tf: "@tensorflow/tfjs/dist", tfjs: "@tensorflow/tfjs-backend-wasm/dist" },
}[library];
const files: Record<string, string> = {};
for (const [name, folder] of Object.entries(folders))
  for (const file of readdirSync(join(modules, folder))) files[`${name}/${file}`] = join(modules, folder, file);

const root = fileURLToPath(new URL("../..", import.meta.url));
const named = { fovea: "onnxruntime-web", "jax-js": "@jax-js/jax", "TensorFlow.js": "@tensorflow/tfjs" }[library];
const directory = await bundle(fileURLToPath(new URL("../browser/page.ts", import.meta.url)));
const server = await serve(directory, files, { isolated: true });
const browser = await chromium.launch({ executablePath, args: chromiumFlags });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(server.url);
  if (library === "TensorFlow.js") {
    await page.addScriptTag({ url: "/tf/tf.min.js" });
    await page.addScriptTag({ url: "/tfjs/tf-backend-wasm.min.js" });
  }
  // as text: a loader that rewrites `import()` in functions must not see it
  const inPage = (call: string): Promise<unknown> => page.evaluate(`import("/page.js").then((page) => page.${call})`);
  const threads = Number(await inPage(`start(${JSON.stringify(library)}, ${JSON.stringify(sizes)})`));
  const versions = { chromium: browser.version(), [named]: versionIn(library === "fovea" ? root : peers, named) };
  await serveSteps({ versions, threads }, async () => Number(await inPage("step()")), { memory: false });
} finally {
  await browser.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
}

/** Not by `require`: onnxruntime-web exports no package.json. */
function versionIn(folder: string | undefined, name: string): string {
  const path = join(resolve(folder ?? "."), "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

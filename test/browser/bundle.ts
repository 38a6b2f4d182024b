import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundles a browser module with everything it imports into one ES module, `page.js` in a new temporary directory, which
 * is returned. `#room/file` is the browser's twin, `fovea/room` the
 * room's door; ONNX Runtime's wasm files stay outside (the server has them).
 */
export async function bundle(entry: string): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "fovea-page-"));
  await build({
    root,
    configFile: false,
    logLevel: "error",
    publicDir: false,
    resolve: {
      alias: [
        { find: /^#(.*)$/, replacement: `${root}src/$1.browser.ts` },
        { find: /^fovea\/(\w+)$/, replacement: `${root}src/$1/index.ts` },
      ],
      conditions: ["browser", "import", "module", "default", "onnxruntime-web-use-extern-wasm"],
    },
    build: {
      outDir,
      emptyOutDir: false,
      minify: false,
      target: "esnext",
      lib: { entry, formats: ["es"], fileName: () => "page.js" },
    },
  });
  return outDir;
}

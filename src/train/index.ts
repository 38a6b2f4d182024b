export {
  defineRecipe,
  resolveRecipe,
  mergeRecipe,
  checkRecipe,
  recipeHash,
  baseRecipeShape,
  type Recipe,
} from "./recipe.ts";
export { parsePlan, inOrder, waitsFor, recipeOf, type Plan, type PlanInput, type PlannedRun } from "./plan.ts";
export {
  defineStudy,
  grid,
  resolveStudy,
  type Study,
  type StudyContext,
  type StudyPlan,
  type StudyResult,
} from "./study.ts";
export { RunDirectory, listRuns, type RunInfo, type RunRow, type RunStatus } from "./run-directory.ts";
export { runTraining, type RunResult, type TrainingOptions } from "./run-training.ts";
export { evaluateRun } from "./evaluate-run.ts";
export { exportRun, type ExportResult } from "./export-run.ts";
export { writeReport } from "./write-report.ts";
export { verifyResume } from "./verify-resume.ts";
export { initialWeights } from "./initial-weights.ts";
export type { ProgressSink, ProgressEvent } from "./progress.ts";
export type {
  BaseRecipe,
  BatchSource,
  Evaluation,
  EvaluationResult,
  ExportedProgram,
  Feeds,
  InputSpecs,
  Method,
  MetricsLine,
  StepOutputs,
  Task,
  TaskContext,
  TaskMemory,
  Weights,
} from "./task.ts";

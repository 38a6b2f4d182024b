import type { z } from "zod";
import { checkValues } from "./check-values.ts";
import type { Plan, PlanInput } from "./plan.ts";
import { parseOverride, setAt, type Values } from "./recipe-values.ts";
import type { RunDirectory } from "./run-directory.ts";

/** A grid of trainings and what is to be learnt from it: what `fovea sweep ROOM/EXPORT` runs. `S` are its settings. */
export interface Study<S = unknown> {
  /** One line for lists. */
  readonly about: string;
  /** Strict zod schema with defaults. */
  readonly schema: z.ZodType<S>;
  /** A preset: what the schema completes. */
  readonly settings: Values;
  /** What CI changes to run it in seconds. */
  readonly smoke: Values;
  /** Absent where there is nothing to train: a published table. */
  plan?(settings: S, name: string): Promise<StudyPlan>;
  /** What the finished runs show; with runs missing, of those that are done. */
  result(settings: S, context: StudyContext): Promise<StudyResult>;
}

/** What a study is carried out by. */
export interface StudyPlan {
  readonly plan: PlanInput;
  /** Text files of the study's folder that are known before any run: lists of images. By name, with folders. */
  readonly files?: ReadonlyMap<string, string>;
  /** Updates of all cells if none shared a trunk, for the saving that is shown. */
  readonly updatesAlone?: number;
}

export interface StudyContext {
  /** ROOM/EXPORT. */
  readonly name: string;
  readonly plan?: Plan;
  /** The run called `id`, where it is done. */
  done(id: string): RunDirectory | undefined;
}

/** What a study found. */
export interface StudyResult {
  /** What `--json` prints. */
  readonly summary: object;
  /** The same for people. */
  readonly lines: readonly string[];
  /** Files of the study's folder, by name, with folders: report.html, cells.json, figures as SVG. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
}

/** Makes a preset of a study. */
export const defineStudy = <S>(study: Study<S>): Study<S> => study;

/**
 * The settings: preset, then `overrides` (`a.b=value`), then the schema's defaults.
 *
 * @throws FoveaError (exit code 2) that names the key, the value and what is expected, with the nearest known key
 */
export function resolveStudy<S>(study: Study<S>, name: string, overrides: readonly string[] = []): S {
  const values = overrides.map(parseOverride).reduce((all, { path, value }) => setAt(all, path, value), study.settings);
  return checkValues(study.schema, values, {
    what: `settings of ${name}`,
    hint: `\`fovea sweep ${name} --dry-run\` shows its plan`,
  });
}

/**
 * All combinations of the values of several axes, the last axis fastest:
 * `grid({ size: ["S", "B"], seed: [0, 1] })` is S 0, S 1, B 0, B 1.
 */
export function grid<A extends Readonly<Record<string, readonly unknown[]>>>(
  axes: A,
): { readonly [K in keyof A]: A[K][number] }[] {
  const combinations = Object.entries(axes).reduce<Record<string, unknown>[]>(
    (rows, [axis, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: value }))),
    [{}],
  );
  return combinations as { readonly [K in keyof A]: A[K][number] }[]; // one value of each axis, by construction
}

import { FoveaError } from "../../errors/fovea-error.ts";
import type { Shape } from "../../graph/dtype.ts";
import type { ValueArray, ValueType } from "../value-array.ts";

/** A value of MATLAB's, as inert data. Shapes are MATLAB's, elements in row-major order. */
export type MatlabValue = MatlabNumbers | MatlabText | MatlabCell | MatlabStruct | MatlabSparse;

/** Of class logical (type bool), int8 … uint64, single, double; complex ones have a complex type. */
export interface MatlabNumbers {
  readonly kind: "numbers";
  readonly array: ValueArray;
  /** How the elements stand in the file: MATLAB shortens whole numbers. */
  readonly stored: ValueType;
}

/** A char array: of its last axis a text is made, so that shape [2, 5] gives two texts of 5 characters. */
export interface MatlabText {
  readonly kind: "text";
  readonly shape: Shape;
  readonly texts: readonly string[];
}

export interface MatlabCell {
  readonly kind: "cell";
  readonly shape: Shape;
  readonly items: readonly MatlabValue[];
}

/** Of each field the values of all elements. */
export interface MatlabStruct {
  readonly kind: "struct";
  readonly shape: Shape;
  readonly fields: ReadonlyMap<string, readonly MatlabValue[]>;
}

/** Compressed columns: column c holds `values[starts[c]]` to `values[starts[c + 1] − 1]`, in the rows of `rows`. */
export interface MatlabSparse {
  readonly kind: "sparse";
  readonly shape: Shape;
  readonly rows: Int32Array;
  readonly starts: Int32Array;
  readonly values: ValueArray;
}

/** A variable of a file; its value is read by `load`. */
export interface MatlabVariable {
  readonly name: string;
  /** MATLAB's word: double, cell, struct, function_handle … */
  readonly className: string;
  readonly shape: Shape;
  /** @throws FoveaError `matlab/class` for objects and function handles, `matlab/...` for damage */
  load(): MatlabValue;
}

/** A refusal `matlab/...` of `file`. */
export const matlabRefusal = (what: string, file: string, message: string, hint?: string): FoveaError =>
  new FoveaError(`matlab/${what}`, `${file}: ${message}`, {
    hint: hint ?? "the file is damaged or no MAT-file: fetch it again, or write it with save(..., '-v7')",
  });

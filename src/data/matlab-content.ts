import type { ByteSource } from "../files/byte-source.ts";
import type { MatlabValue } from "../formats/matlab/matlab-value.ts";
import { openMatlab } from "../formats/matlab/open-matlab.ts";
import { type ArraySummary, summariseArray, summariseTexts } from "./array-summary.ts";
import type { FileContent } from "./file-kinds.ts";

/** Variables by name; cells as `x{0}`, fields as `x[0].name`, in row-major order from 0. */
export function matlabContent(source: ByteSource): FileContent {
  const variables = [...openMatlab(source).values()];
  return { arrays: summaries(variables) };
}

function* summaries(variables: readonly { readonly name: string; load(): MatlabValue }[]): Generator<ArraySummary> {
  for (const variable of variables) yield* summarise(variable.name, variable.load());
}

function* summarise(name: string, value: MatlabValue): Generator<ArraySummary> {
  switch (value.kind) {
    case "numbers":
      yield {
        ...summariseArray(name, value.array),
        ...(value.stored === value.array.type ? {} : { stored: value.stored }),
      };
      return;
    case "text":
      yield summariseTexts(name, value.shape, value.texts);
      return;
    case "sparse": {
      yield { name, type: "sparse", shape: value.shape };
      yield summariseArray(`${name}.rows`, { type: "int32", shape: [value.rows.length], data: value.rows });
      yield summariseArray(`${name}.starts`, { type: "int32", shape: [value.starts.length], data: value.starts });
      yield summariseArray(`${name}.values`, value.values);
      return;
    }
    case "cell":
      yield { name, type: "cell", shape: value.shape };
      for (const [i, item] of value.items.entries()) yield* summarise(`${name}{${i}}`, item);
      return;
    case "struct": {
      yield { name, type: "struct", shape: value.shape, fields: [...value.fields.keys()] };
      for (const [field, items] of value.fields)
        for (const [i, item] of items.entries()) yield* summarise(`${name}[${i}].${field}`, item);
    }
  }
}

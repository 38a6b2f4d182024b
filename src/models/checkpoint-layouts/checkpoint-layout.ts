import { FoveaError } from "../../errors/fovea-error.ts";
import type { ResizeRule } from "./resize-rule.ts";

/** A pattern of whole names and what they become: `$1` stands for the pattern's groups. */
export type Rename = readonly [pattern: RegExp, replacement: string];

/** How a repository writes its checkpoints: data, so that a new one is a new entry of a list. */
export interface CheckpointLayout {
  /** Section of the specification. */
  readonly source: string;
  /** Keys under which the state dict may lie, tried in order; none of them: the file is the state dict. */
  readonly wrappers: readonly string[];
  /** Prefixes that are taken off where they stand, in order: `module.`. */
  readonly strip?: readonly string[];
  /** If any name has this prefix, only those are kept, without it: `encoder.`. */
  readonly only?: string;
  /** The first that fits is applied. */
  readonly rename?: readonly Rename[];
  /** Names that are rebuilt by the model or belong to something else. */
  readonly drop?: readonly RegExp[];
  /** One tensor for many: `pattern` → a name for each index of blocks that the names hold (`{i}`). */
  readonly clone?: readonly Rename[];
  /** How tables of another size are taken, the first that fits; without one another size is a mismatch. */
  readonly resize?: readonly ResizeRule[];
  /** Our names whose tensors are written with other axes, of the same numbers. */
  readonly reshape?: readonly RegExp[];
  /** Our names that become 0 where the file's have another shape: a classifier of other classes. */
  readonly zeroed?: readonly RegExp[];
  /** Our names that must be there even where others may be missing: random ones would go unnoticed. */
  readonly required?: readonly RegExp[];
}

export interface MappedNames {
  /** Our name → the file's. A cloned tensor stands under several. */
  readonly names: ReadonlyMap<string, string>;
  /** The file's names that the layout leaves out. */
  readonly dropped: readonly string[];
}

/** The wrapper that `keys` have: the first of the layout's that is one of them, or undefined. */
export const wrapperOf = (layout: CheckpointLayout, keys: Iterable<string>): string | undefined => {
  const present = new Set(keys);
  return layout.wrappers.find((wrapper) => present.has(wrapper));
};

/**
 * What the names of a state dict are called here. Pure: no tensor is touched.
 *
 * @throws FoveaError `checkpoint/names` when two names become one
 */
export function mapNames(layout: CheckpointLayout, fileNames: Iterable<string>): MappedNames {
  const names = new Map<string, string>();
  const dropped: string[] = [];
  const all = [...fileNames].map((name) => [name, stripped(layout, name)] as const);
  const { only } = layout;
  const some = only !== undefined && all.some(([, name]) => name.startsWith(only));
  const plain = all.map(([file, name]) => {
    if (!some) return { file, name };
    return name.startsWith(only) ? { file, name: name.slice(only.length) } : { file, name: undefined };
  });
  for (const { file, name } of plain) {
    if (name === undefined || layout.drop?.some((pattern) => pattern.test(name))) dropped.push(file);
    else for (const ours of renamed(layout, name, plain)) add(names, ours, file);
  }
  return { names, dropped };
}

interface Named {
  readonly file: string;
  readonly name: string | undefined;
}

function stripped({ strip = [] }: CheckpointLayout, name: string): string {
  return strip.reduce((rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest), name);
}

function renamed(layout: CheckpointLayout, name: string, all: readonly Named[]): string[] {
  for (const [pattern, replacement] of layout.clone ?? []) {
    const match = pattern.exec(name);
    if (match === null) continue;
    return blockIndices(
      replacement.replace(/\$(\d)/g, (_, group: string) => match[Number(group)]),
      all,
    );
  }
  const rule = layout.rename?.find(([pattern]) => pattern.test(name));
  return [rule === undefined ? name : name.replace(rule[0], rule[1])];
}

/** `blocks.{i}.attn.x` for every i of which the file has `blocks.i.` */
function blockIndices(template: string, all: readonly Named[]): string[] {
  const [prefix, rest] = template.split("{i}");
  const found = new Set<string>();
  for (const { name } of all) {
    const index = name?.startsWith(prefix) ? /^\d+(?=\.)/.exec(name.slice(prefix.length))?.[0] : undefined;
    if (index !== undefined) found.add(index);
  }
  return [...found].map((index) => `${prefix}${index}${rest}`);
}

function add(names: Map<string, string>, ours: string, file: string): void {
  const other = names.get(ours);
  if (other !== undefined) {
    throw new FoveaError(
      "checkpoint/names",
      `${JSON.stringify(other)} and ${JSON.stringify(file)} both become ${JSON.stringify(ours)}`,
      {
        hint: "the file holds two networks: name the part to load",
      },
    );
  }
  names.set(ours, file);
}

/** A tensor's name and what stands behind it in the tree. */
export interface KeyTreeLeaf {
  readonly name: string;
  readonly text: string;
  /** Number of values. */
  readonly size: number;
}

interface Branch {
  readonly children: Map<string, Branch>;
  leaf?: KeyTreeLeaf;
}

/**
 * Names with dots as an indented tree, a line each; a branch with one child stands on its child's line, a branch says
 * how many values are below it.
 */
export function keyTree(leaves: readonly KeyTreeLeaf[]): string[] {
  const root: Branch = { children: new Map() };
  for (const leaf of leaves) {
    let branch = root;
    for (const part of leaf.name.split(".")) {
      let child = branch.children.get(part);
      if (child === undefined) branch.children.set(part, (child = { children: new Map() }));
      branch = child;
    }
    branch.leaf = leaf;
  }
  return [...root.children].flatMap(([name, branch]) => lines(name, branch, 0));
}

function lines(name: string, branch: Branch, depth: number): string[] {
  const [only, ...more] = branch.children;
  if (branch.leaf === undefined && only !== undefined && more.length === 0)
    return lines(`${name}.${only[0]}`, only[1], depth);
  const indent = "  ".repeat(depth);
  const own = branch.leaf === undefined ? `${sizeOf(branch).toLocaleString("en")} values` : branch.leaf.text;
  return [
    `${indent}${name}  ${own}`,
    ...[...branch.children].flatMap(([child, below]) => lines(child, below, depth + 1)),
  ];
}

const sizeOf = ({ leaf, children }: Branch): number =>
  [...children.values()].reduce((sum, child) => sum + sizeOf(child), leaf?.size ?? 0);

const shownExamples = 3;

/** Counts what is wrong in annotation files, file by file and fault by fault: a set is judged whole, not by its first fault. */
export class ProblemList {
  readonly #found = new Map<string, { file: string; fault: string; count: number; examples: string[] }>();

  /** @param where of the fault inside the file: `annotation 17`. */
  add(file: string, fault: string, where: string): void {
    const key = `${file}\n${fault}`;
    const known = this.#found.get(key) ?? { file, fault, count: 0, examples: [] };
    known.count++;
    if (known.examples.length < shownExamples) known.examples.push(where);
    this.#found.set(key, known);
  }

  /** `annotations/instances_val.json: 3 × box outside its image (annotation 5, annotation 17, annotation 40)` */
  sentences(): string[] {
    return [...this.#found.values()].map(({ file, fault, count, examples }) => {
      const more = count > examples.length ? ", …" : "";
      return `${file}: ${count} × ${fault} (${examples.join(", ")}${more})`;
    });
  }
}

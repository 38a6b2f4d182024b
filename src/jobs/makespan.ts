import { waitsFor, type Plan } from "../train/plan.ts";

/**
 * Seconds until every run of `plan` is done with `machines` of a speed, each one run at a time: whenever one is free it
 * takes the first run, in the plan's order, whose needs are done.
 */
export function makespan(plan: Plan, secondsOf: (id: string) => number, machines: number): number {
  const ends = new Map<string, number>();
  const free = Array.from({ length: machines }, () => 0);
  let left = [...plan.runs];
  while (left.length > 0) {
    const ready = left.filter((run) => waitsFor(run).every((id) => ends.has(id)));
    const startOf = (run: (typeof left)[number]): number =>
      Math.max(Math.min(...free), ...waitsFor(run).map((id) => ends.get(id) ?? 0));
    const [first] = ready.toSorted((a, b) => startOf(a) - startOf(b)); // stable: the plan's order among equals
    if (first === undefined) break; // parsePlan refuses plans that wait in a circle
    const end = startOf(first) + secondsOf(first.id);
    free[free.indexOf(Math.min(...free))] = end;
    ends.set(first.id, end);
    left = left.filter((run) => run !== first);
  }
  return Math.max(...ends.values());
}

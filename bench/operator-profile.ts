/** ONNX Runtime's profile of a session, told by operator. */
import { median } from "./statistics.ts";

/** Nodes of one kind: an operator's, or those of an operator on inputs of one shape. */
export interface ProfileRow {
  readonly what: string;
  /** Milliseconds in one run: the lower quartile of each node over the runs, summed over the nodes. */
  readonly ms: number;
  readonly nodes: number;
}

export interface OperatorProfile {
  readonly title: string;
  /** Runs that the quartiles are of. */
  readonly runs: number;
  /** Milliseconds of a run as the caller waits for it, median. */
  readonly wallMs: number;
  /** Dearest first. */
  readonly operators: readonly ProfileRow[];
  readonly shapes: readonly ProfileRow[];
}

/** What is read of an event of the profile's JSON. */
interface ProfileEvent {
  readonly name: string;
  readonly cat?: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: ReadonlyArray<Readonly<Record<string, readonly number[]>>>;
  };
}

/** Sums up the text of a profile file. Quartiles, because the first runs and a busy machine make single times long. */
export function profileOf(title: string, json: string): OperatorProfile {
  const events = JSON.parse(json) as readonly ProfileEvent[]; // ONNX Runtime's own file
  const nodes = new Map<string, { event: ProfileEvent; us: number[] }>();
  for (const event of events) {
    if (event.cat !== "Node" || !event.name.endsWith("_kernel_time")) continue;
    const node = nodes.get(event.name) ?? { event, us: [] };
    node.us.push(event.dur);
    nodes.set(event.name, node);
  }
  const operators = new Map<string, { ms: number; nodes: number }>();
  const shapes = new Map<string, { ms: number; nodes: number }>();
  for (const { event, us } of nodes.values()) {
    const operator = event.args?.op_name ?? "?";
    const ms = lowerQuartile(us) / 1e3;
    add(operators, operator, ms);
    add(shapes, `${operator} ${shapesOf(event)}`, ms);
  }
  const walls = events.filter(({ name }) => name === "model_run").map(({ dur }) => dur / 1e3);
  return {
    title,
    runs: walls.length,
    wallMs: walls.length === 0 ? 0 : median(walls),
    operators: dearestFirst(operators),
    shapes: dearestFirst(shapes),
  };
}

const lowerQuartile = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 2];

const shapesOf = ({ args }: ProfileEvent): string =>
  (args?.input_type_shape ?? [])
    .slice(0, 2)
    .map((input) => `[${Object.values(input)[0].join(",")}]`)
    .join(" ");

function add(rows: Map<string, { ms: number; nodes: number }>, what: string, ms: number): void {
  const row = rows.get(what) ?? { ms: 0, nodes: 0 };
  rows.set(what, { ms: row.ms + ms, nodes: row.nodes + 1 });
}

const dearestFirst = (rows: ReadonlyMap<string, { ms: number; nodes: number }>): ProfileRow[] =>
  [...rows].map(([what, row]) => ({ what, ...row })).sort((a, b) => b.ms - a.ms);

/** Rows that are too cheap to be worth a line. */
const smallestShare = 0.003;

/** Two Markdown tables: by operator, and the dearest operators by the shapes of their first two inputs. */
export function renderProfile({ title, runs, wallMs, operators, shapes }: OperatorProfile): string {
  const total = operators.reduce((sum, { ms }) => sum + ms, 0);
  const all = operators.reduce((sum, { nodes }) => sum + nodes, 0);
  const share = (ms: number): string => `${((100 * ms) / total).toFixed(1)}%`;
  const lines = (rows: readonly ProfileRow[]): string[] =>
    rows
      .filter(({ ms }) => ms >= smallestShare * total)
      .map(({ what, ms, nodes }) => `| ${what} | ${nodes} | ${ms.toFixed(1)} | ${share(ms)} |`);
  const header = (what: string): string[] => [`| ${what} | nodes | ms | share |`, "| --- | --- | --- | --- |"];
  return [
    `${title}: ${total.toFixed(1)} ms in ${all} nodes, lower quartile of each over ${runs} runs; a run waited for takes ${wallMs.toFixed(1)} ms (median)`,
    "",
    ...header("operator"),
    ...lines(operators),
    "",
    ...header("operator and inputs"),
    ...lines(shapes.slice(0, 20)),
  ].join("\n");
}

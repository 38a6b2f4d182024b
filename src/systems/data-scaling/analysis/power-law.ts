import { levenbergMarquardt } from "ml-levenberg-marquardt";

/** Loss of a model of N million parameters after T thousand updates. */
export interface ScalingPoint {
  readonly parameters: number;
  readonly length: number;
  readonly loss: number;
}

/** L = E + A·N^−p + B·T^−q, N in millions of parameters, T in thousands of updates. */
export interface PowerLaw {
  readonly E: number;
  readonly A: number;
  readonly p: number;
  readonly B: number;
  readonly q: number;
  /** Σ(L − L̂)² */
  readonly squares: number;
}

/** E within 0 and the lowest loss; amplitudes and exponents from about 0 up. */
const least = [0, 0, 1e-3, 0, 1e-3];
const most = [Infinity, 50, 4, 50, 4];

/** Where the search starts: share of the lowest loss for E, p and q. */
const starts = [0.9, 0.6, 0.98].flatMap((share) =>
  [
    [0.2, 0.5],
    [0.5, 0.2],
    [1, 1],
  ].map(([p, q]) => ({ share, p, q })),
);

/**
 * Bounded least squares of the power law from several starts (Levenberg-Marquardt); all solutions, best first. With few sizes E
 * is poorly determined: the spread of the solutions and a bootstrap say how poorly. Needs at least 6 points.
 */
export function fitPowerLaw(points: readonly ScalingPoint[]): PowerLaw[] {
  if (points.length < 6) throw new RangeError(`fitPowerLaw: ${points.length} points for 5 parameters`);
  const lowest = Math.min(...points.map(({ loss }) => loss));
  const spread = Math.max(...points.map(({ loss }) => loss)) - lowest;
  return starts
    .map(({ share, p, q }) => {
      const [N, T] = [middle(points.map((d) => d.parameters)), middle(points.map((d) => d.length))];
      const reach = (1 - share) * lowest + spread / 2;
      return refinePowerLaw(points, [share * lowest, (reach / 2) * N ** p, p, (reach / 2) * T ** q, q]);
    })
    .sort((a, b) => a.squares - b.squares);
}

/** One search from `start` [E, A, p, B, q]. */
export function refinePowerLaw(
  points: readonly ScalingPoint[],
  start: readonly number[],
  maxIterations = 300,
): PowerLaw {
  const lowest = Math.min(...points.map(({ loss }) => loss));
  const places = points.map((_, i) => i);
  const y = points.map(({ loss }) => loss);
  const { parameterValues } = levenbergMarquardt({ x: places, y }, (law) => (i) => value(law, points[i]), {
    initialValues: [...start],
    minValues: least,
    maxValues: [lowest, ...most.slice(1)],
    jacobianFunction: (law) => (i) => slopes(law, points[i]),
    maxIterations,
    damping: 1e-3,
    errorTolerance: 1e-13, // it is absolute; sums of squares here are about 1e-6
  });
  const squares = places.reduce((sum, i) => sum + (value(parameterValues, points[i]) - y[i]) ** 2, 0);
  const [E, A, p, B, q] = parameterValues;
  return { E, A, p, B, q, squares };
}

/** The loss that the law predicts. */
export const powerLawLoss = ({ E, A, p, B, q }: PowerLaw, point: Omit<ScalingPoint, "loss">): number =>
  value([E, A, p, B, q], point);

const value = ([E, A, p, B, q]: readonly number[], { parameters, length }: Omit<ScalingPoint, "loss">) =>
  E + A * parameters ** -p + B * length ** -q;

function slopes([, A, p, B, q]: readonly number[], { parameters, length }: ScalingPoint): number[] {
  const [n, t] = [parameters ** -p, length ** -q];
  return [1, n, -A * n * Math.log(parameters), t, -B * t * Math.log(length)];
}

/** Geometric mean. */
const middle = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

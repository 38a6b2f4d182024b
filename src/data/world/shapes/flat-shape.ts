import { shapeDistance } from "./shape-distance.ts";
import { shapeKinds } from "./scene.ts";

/** Shapes by name: the eight of the first set, and three more for tasks with open classes. */
export const flatShapeNames = [...shapeKinds, "star", "half disc", "corner"] as const;
export type FlatShapeName = (typeof flatShapeNames)[number];

type Distance = (x: number, y: number) => number;

const more: Readonly<Record<"star" | "half disc" | "corner", Distance>> = {
  star(x, y) {
    const sector = (2 * Math.PI) / 5;
    const angle = Math.atan2(x, -y); // 0 upwards
    const folded = Math.abs(angle - sector * Math.round(angle / sector));
    const r = Math.sqrt(x * x + y * y);
    // the line from a tip at radius 1.05 to a notch at radius 0.45, 36 degrees on
    const [px, py] = [r * Math.sin(folded), r * Math.cos(folded)];
    const [nx, ny] = [0.45 * Math.sin(sector / 2), 0.45 * Math.cos(sector / 2)];
    const [ex, ey] = [nx, ny - 1.05];
    return (px * -ey - -(py - 1.05) * ex) / Math.sqrt(ex * ex + ey * ey);
  },
  "half disc": (x, y) => Math.max(Math.sqrt(x * x + (y - 0.4) * (y - 0.4)) - 1, y - 0.4),
  corner: (x, y) =>
    Math.min(
      Math.max(Math.abs(x + 0.5) - 0.32, Math.abs(y) - 0.85),
      Math.max(Math.abs(x) - 0.82, Math.abs(y - 0.53) - 0.32),
    ),
};

/** Distance from the outline of a shape of radius about 1 around (0, 0), negative inside; y points down. */
export const flatDistance = (name: FlatShapeName): Distance =>
  name === "star" || name === "half disc" || name === "corner" ? more[name] : shapeDistance(name);

import { intersect } from "./intersect.ts";
import { CONE, RING, type Primitive } from "./primitive.ts";

/** The nearest primitive at each sample: a z-buffer of rays through the middles of `width` × `height` cells. */
export class Raster {
  readonly width: number;
  readonly height: number;
  /** [height, width]: depth in metres; Infinity where nothing was met. */
  readonly depth: Float32Array;
  /** [height, width]: index of the primitive, −1 where nothing was met. */
  readonly hit: Int16Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.depth = new Float32Array(width * height);
    this.hit = new Int16Array(width * height);
  }

  /** Draws all of `primitives`, in any order; `focal` in picture heights. */
  draw(primitives: readonly Primitive[], focal: number): void {
    this.depth.fill(Infinity);
    this.hit.fill(-1);
    for (let index = 0; index < primitives.length; index++) this.#drawOne(primitives[index], index, focal);
  }

  #drawOne(primitive: Primitive, index: number, focal: number): void {
    const { width, height, depth, hit } = this;
    const scale = focal * height;
    const [x0, x1, y0, y1] = primitive.bounds;
    const left = Math.max(0, Math.floor(x0 * scale + width / 2 - 0.5));
    const right = Math.min(width - 1, Math.ceil(x1 * scale + width / 2 - 0.5));
    const top = Math.max(0, Math.floor(height / 2 - y1 * scale - 0.5));
    const bottom = Math.min(height - 1, Math.ceil(height / 2 - y0 * scale - 0.5));
    for (let row = top; row <= bottom; row++) {
      const dy = (height / 2 - row - 0.5) / scale;
      let met = false;
      for (let column = left; column <= right; column++) {
        const t = intersect(primitive, (column + 0.5 - width / 2) / scale, dy);
        if (t === Infinity) {
          // convex: what was left is not met again; a ring has its hole, a cone a hair's breadth at its rim
          if (met && primitive.kind !== RING && primitive.kind !== CONE) break;
          continue;
        }
        met = true;
        const at = row * width + column;
        if (t < depth[at]) {
          depth[at] = t;
          hit[at] = index;
        }
      }
    }
  }
}

import { BOX, CONE, ELLIPSOID, LIMB, type Primitive } from "./primitive.ts";

/** Where the light comes from (a unit vector in camera coordinates), how much of it, and how much from everywhere. */
export interface Light {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly sun: number;
  readonly ambient: number;
}

/** Writes the lit colour of `p` where the ray (dx, dy, 1) meets it at depth `t` to `out`. */
export function shade(p: Primitive, dx: number, dy: number, t: number, light: Light, out: Float64Array): void {
  localPoint(p, dx, dy, t);
  const lambert = lightOn(p, light, dx, dy);
  const brightness = light.ambient + light.sun * lambert;
  const { colour, pattern, second = colour } = p.paint;
  const share = pattern === undefined ? 0 : patternShare(p, pattern, p.paint.period ?? 0.2);
  for (let c = 0; c < 3; c++) out[c] = brightness * (colour[c] + share * (second[c] - colour[c]));
}

/** Coordinates of the point last looked at in the primitive's own frame; one place instead of an array for each sample. */
const local = new Float64Array(3);
const normal = new Float64Array(3);

function localPoint({ kind, m, o }: Primitive, dx: number, dy: number, t: number): void {
  const x = t * dx;
  const y = t * dy;
  const z = t;
  if (kind === LIMB) {
    local[0] = x - o[0];
    local[1] = y - o[1];
    local[2] = z - o[2];
    return;
  }
  local[0] = m[0] * x + m[1] * y + m[2] * z + o[0];
  local[1] = m[3] * x + m[4] * y + m[5] * z + o[1];
  local[2] = m[6] * x + m[7] * y + m[8] * z + o[2];
}

/** Cosine between the surface's normal and the light, 0 on the far side. */
function lightOn(p: Primitive, light: Light, dx: number, dy: number): number {
  const { m } = p;
  outward(p);
  let nx = normal[0];
  let ny = normal[1];
  let nz = normal[2];
  if (p.kind !== LIMB) {
    nx = m[0] * normal[0] + m[3] * normal[1] + m[6] * normal[2];
    ny = m[1] * normal[0] + m[4] * normal[1] + m[7] * normal[2];
    nz = m[2] * normal[0] + m[5] * normal[1] + m[8] * normal[2];
  }
  const facing = nx * dx + ny * dy + nz > 0 ? -1 : 1; // the inside of a ring's hole
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz) || 1;
  return Math.max(0, (facing * (nx * light.x + ny * light.y + nz * light.z)) / length);
}

/** The outward direction at `local`, not of length 1. */
function outward({ kind, m, taper }: Primitive): void {
  const x = local[0];
  const y = local[1];
  const z = local[2];
  normal[0] = normal[1] = normal[2] = 0;
  if (kind === ELLIPSOID) {
    normal[0] = x;
    normal[1] = y;
    normal[2] = z;
  } else if (kind === BOX) {
    const ax = Math.abs(x);
    const ay = Math.abs(y);
    const az = Math.abs(z);
    const axis = ax > ay && ax > az ? 0 : ay > az ? 1 : 2;
    normal[axis] = Math.sign(local[axis]);
  } else if (kind === CONE) {
    const slope = (taper - 1) / 2;
    const radius = (taper + 1) / 2 + slope * y;
    if (Math.abs(y) > 0.9999) normal[1] = Math.sign(y);
    else {
      normal[0] = x;
      normal[1] = -slope * radius;
      normal[2] = z;
    }
  } else if (kind === LIMB) {
    const along = (x * m[0] + y * m[1] + z * m[2]) / (m[0] * m[0] + m[1] * m[1] + m[2] * m[2] || 1);
    const end = Math.min(1, Math.max(0, along));
    for (let c = 0; c < 3; c++) normal[c] = local[c] - end * m[c];
  } else if (Math.abs(z) > 0.9999) {
    normal[2] = Math.sign(z);
  } else {
    normal[0] = x;
    normal[1] = y;
  }
}

type Pattern = NonNullable<Primitive["paint"]["pattern"]>;

/** How much of the second colour stands at `local`, 0 or 1. */
function patternShare({ kind, half }: Primitive, pattern: Pattern, period: number): number {
  const scale = kind === LIMB ? 1 : undefined;
  const u = (local[0] * (scale ?? half[0]) + local[2] * (scale ?? half[2])) / period;
  const v = (local[1] * (scale ?? half[1])) / period;
  switch (pattern) {
    case "stripes":
      return u - Math.floor(u) < 0.5 ? 1 : 0;
    case "bands":
      return v - Math.floor(v) < 0.5 ? 1 : 0;
    case "checks":
      return u - Math.floor(u) < 0.5 === v - Math.floor(v) < 0.5 ? 1 : 0;
    case "dots":
      return (u - Math.floor(u) - 0.5) ** 2 + (v - Math.floor(v) - 0.5) ** 2 < 0.1 ? 1 : 0;
  }
}

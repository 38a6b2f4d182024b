import { BOX, CONE, ELLIPSOID, LIMB, nearest, type Primitive } from "./primitive.ts";

/** Depth at which the ray (dx, dy, 1) from the camera first meets a primitive; Infinity where it misses. */
export function intersect(p: Primitive, dx: number, dy: number): number {
  if (p.kind === LIMB) return meetLimb(p, dx, dy);
  const { m, o } = p;
  const x = m[0] * dx + m[1] * dy + m[2];
  const y = m[3] * dx + m[4] * dy + m[5];
  const z = m[6] * dx + m[7] * dy + m[8];
  if (p.kind === ELLIPSOID) return meetSphere(o, x, y, z);
  if (p.kind === BOX) return meetBox(o, x, y, z);
  if (p.kind === CONE) return meetCone(o, x, y, z, p.taper);
  return meetRing(o, x, y, z, p.taper);
}

function meetSphere(o: Float64Array, x: number, y: number, z: number): number {
  const a = x * x + y * y + z * z;
  const b = o[0] * x + o[1] * y + o[2] * z;
  const root = b * b - a * (o[0] * o[0] + o[1] * o[1] + o[2] * o[2] - 1);
  if (root < 0) return Infinity;
  return ahead((-b - Math.sqrt(root)) / a);
}

function meetBox(o: Float64Array, x: number, y: number, z: number): number {
  const ax = 1 / x;
  const ay = 1 / y;
  const az = 1 / z;
  const bx = Math.abs(ax);
  const by = Math.abs(ay);
  const bz = Math.abs(az);
  const enter = Math.max(-o[0] * ax - bx, -o[1] * ay - by, -o[2] * az - bz);
  const leave = Math.min(-o[0] * ax + bx, -o[1] * ay + by, -o[2] * az + bz);
  return enter <= leave ? ahead(enter) : Infinity;
}

/** x² + z² ≤ (1 + (taper − 1)(y + 1)/2)², |y| ≤ 1 */
function meetCone(o: Float64Array, x: number, y: number, z: number, taper: number): number {
  const slope = (taper - 1) / 2;
  const middle = (taper + 1) / 2 + slope * o[1]; // radius at the height of the ray's start
  const a = x * x + z * z - slope * slope * y * y;
  const b = o[0] * x + o[2] * z - slope * y * middle;
  const c = o[0] * o[0] + o[2] * o[2] - middle * middle;
  let best = Infinity;
  const root = b * b - a * c;
  if (root >= 0 && a !== 0) {
    const s = Math.sqrt(root);
    for (let sign = -1; sign <= 1; sign += 2) {
      const t = (-b + sign * s) / a;
      const height = o[1] + t * y;
      if (t > nearest && t < best && height >= -1 && height <= 1 && middle + slope * t * y >= 0) best = t;
    }
  }
  for (let end = -1; end <= 1; end += 2) {
    const t = (end - o[1]) / y;
    const u = o[0] + t * x;
    const v = o[2] + t * z;
    const radius = end < 0 ? 1 : taper;
    if (t > nearest && t < best && u * u + v * v <= radius * radius) best = t;
  }
  return best;
}

function meetRing(o: Float64Array, x: number, y: number, z: number, hole: number): number {
  let best = Infinity;
  for (let end = -1; end <= 1; end += 2) {
    const t = (end - o[2]) / z;
    const u = o[0] + t * x;
    const v = o[1] + t * y;
    const square = u * u + v * v;
    if (t > nearest && t < best && square <= 1 && square >= hole * hole) best = t;
  }
  const a = x * x + y * y;
  const b = o[0] * x + o[1] * y;
  for (let side = 0; side < 2; side++) {
    // the outside from without, the hole's wall from within
    const radius = side === 0 ? 1 : hole;
    const root = b * b - a * (o[0] * o[0] + o[1] * o[1] - radius * radius);
    if (root < 0) continue;
    const t = (side === 0 ? -b - Math.sqrt(root) : -b + Math.sqrt(root)) / a;
    if (t > nearest && t < best && Math.abs(o[2] + t * z) <= 1) best = t;
  }
  return best;
}

/** A cylinder between two spheres. */
function meetLimb({ m, o, half }: Primitive, dx: number, dy: number): number {
  const radius = half[0];
  // from the camera at 0: oa = −o
  const ww = m[0] * m[0] + m[1] * m[1] + m[2] * m[2];
  const wd = m[0] * dx + m[1] * dy + m[2];
  const wo = -(m[0] * o[0] + m[1] * o[1] + m[2] * o[2]);
  const dd = dx * dx + dy * dy + 1;
  const od = -(o[0] * dx + o[1] * dy + o[2]);
  const oo = o[0] * o[0] + o[1] * o[1] + o[2] * o[2];
  const a = ww * dd - wd * wd;
  const b = ww * od - wo * wd;
  const c = ww * oo - wo * wo - radius * radius * ww;
  const root = b * b - a * c;
  if (root < 0) return Infinity;
  const t = (-b - Math.sqrt(root)) / a;
  const along = wo + t * wd; // of the body's axis, in units of its squared length
  if (along > 0 && along < ww) return ahead(t);
  // the sphere at the end that is near
  const end = along <= 0 ? 0 : 1;
  const ex = o[0] + end * m[0];
  const ey = o[1] + end * m[1];
  const ez = o[2] + end * m[2];
  const eb = -(ex * dx + ey * dy + ez);
  const ec = ex * ex + ey * ey + ez * ez - radius * radius;
  const endRoot = eb * eb - dd * ec;
  return endRoot < 0 ? Infinity : ahead((-eb - Math.sqrt(endRoot)) / dd);
}

const ahead = (t: number): number => (t > nearest ? t : Infinity);

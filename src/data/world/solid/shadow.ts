import { project } from "./camera.ts";
import type { SolidScene, Thing } from "./scene.ts";

/** How much light is left in the middle of a shadow. */
const darkest = 0.45;

/** Darkens the ground beside each thing, away from the sun: an ellipse with a soft rim. `colour` is [height, width, 3]. */
export function castShadows(scene: SolidScene, width: number, height: number, colour: Float32Array): void {
  for (const thing of scene.things) castShadow(scene, thing, width, height, colour);
}

function castShadow(scene: SolidScene, thing: Thing, width: number, height: number, colour: Float32Array): void {
  const { camera, sun } = scene;
  const radius = thing.radius * thing.size * 1.15;
  const reach = 0.35 * radius; // towards the side away from the sun
  const [cx, cz] = [thing.x - sun[0] * reach, thing.z - sun[2] * reach];
  const corners = [-1, 1].flatMap((i) => [-1, 1].map((k) => project(camera, [cx + i * radius, 0, cz + k * radius])));
  const seen = corners.filter((corner) => corner !== undefined);
  if (seen.length < 4) return;
  const cells = (value: number, middle: number): number => value * height + middle;
  const left = Math.max(0, Math.floor(cells(Math.min(...seen.map(([x]) => x)), width / 2)));
  const right = Math.min(width - 1, Math.ceil(cells(Math.max(...seen.map(([x]) => x)), width / 2)));
  const top = Math.max(0, Math.floor(cells(Math.min(...seen.map(([, y]) => y)), height / 2)));
  const bottom = Math.min(height - 1, Math.ceil(cells(Math.max(...seen.map(([, y]) => y)), height / 2)));
  const scale = camera.focal * height;
  const [cos, sin] = [Math.cos(camera.pitch), Math.sin(camera.pitch)];
  for (let row = top; row <= bottom; row++) {
    const dy = (height / 2 - row - 0.5) / scale;
    const fall = sin - dy * cos;
    if (fall <= 1e-4) continue;
    const depth = camera.height / fall;
    const dz = (depth * (cos + dy * sin) - cz) / radius;
    for (let column = left; column <= right; column++) {
      const at = row * width + column;
      const dx = ((depth * (column + 0.5 - width / 2)) / scale - cx) / radius;
      const inside = 1 - dx * dx - dz * dz;
      if (inside <= 0) continue;
      const share = 1 - (1 - darkest) * Math.min(1, 2.5 * inside);
      for (let c = 3 * at; c < 3 * at + 3; c++) colour[c] *= share;
    }
  }
}

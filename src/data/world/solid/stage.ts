import type { Prop } from "../things/actions.ts";
import type { Thing } from "./scene.ts";

/** Where on the ground a group of props stands, and which way forward is. */
export interface Stage {
  readonly x: number;
  readonly z: number;
  readonly heading: number;
}

/** The props as things; their tracks are numbered from `firstTrack`. */
export function stand(props: readonly Prop[], { x, z, heading }: Stage, firstTrack = 0): Thing[] {
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
  return props.map(({ forward, right = 0, up = 0, turned = false, ...prop }, k) => ({
    ...prop,
    x: x + forward * sin + right * cos,
    y: up,
    z: z + forward * cos - right * sin,
    heading: heading + (turned ? Math.PI : 0),
    track: firstTrack + k,
  }));
}

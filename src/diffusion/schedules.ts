import { cosineSchedule } from "./cosine-schedule.ts";
import type { NoiseSchedule, ScheduleName } from "./noise-schedule.ts";
import { stableDiffusion } from "./stable-diffusion.ts";
import { vpSde } from "./vp-sde.ts";

/** Every noise schedule by name. */
export const schedules: Readonly<Record<ScheduleName, NoiseSchedule>> = {
  "vp-sde": vpSde,
  "stable-diffusion": stableDiffusion,
  cosine: cosineSchedule,
};

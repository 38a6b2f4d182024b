import { expect, test } from "vitest";
import { VitEncoder } from "../../../src/models/vit-encoder.ts";
import { Vit } from "../../../src/models/vit.ts";
import { parameterCount } from "../../../src/nn/module.ts";
import { FeatureDistillation } from "../../../src/systems/feature-distillation/model.ts";
import { distilledClassifiers, distilledStudents } from "../../../src/systems/feature-distillation/vit-sizes.ts";

test.each([
  ["vit-b", 768, 86_255_952, 85_665_360, 86_530_984],
  ["vit-l", 1024, 304_005_184, 302_955_584, 304_335_336],
] as const)(
  "%s with a teacher of %d channels: parameters of student and projector, student, classifier",
  (name, width, ...counts) => {
    const encoder = new VitEncoder(distilledStudents[name]);
    const whole = new FeatureDistillation(encoder, encoder, { studentWidth: width, teacherWidth: width });
    expect([whole, encoder, new Vit(distilledClassifiers[name])].map(parameterCount)).toEqual(counts);
  },
);

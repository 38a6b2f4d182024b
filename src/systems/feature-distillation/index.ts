export { FeatureDistillation, type FeatureNetwork, distillationLoss, whitened } from "./model.ts";
export { ClipTeacher, fromImageNetToClip } from "./teachers.ts";
export { distilledClassifiers, distilledStudents } from "./vit-sizes.ts";

import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { ClassifierRecipe } from "../../downstream/classify/classifier-recipe.ts";
import { trainedClassifier } from "../../downstream/classify/classifier.ts";
import { classify } from "../../downstream/classify/method.ts";
import { openWeights } from "../../formats/open-weights.node.ts";
import type { HostTensor } from "../../graph/dtype.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { convolutionalNames } from "../../models/convolutional/convolutional-sizes.ts";
import { loadPretrained, type LoadableWeights } from "../../models/load-pretrained.ts";
import { initialise, prepare } from "../../nn/module.ts";
import { readWeights } from "../../train/initial-weights.ts";
import { checkRecipe } from "../../train/recipe.ts";
import { RunDirectory } from "../../train/run-directory.ts";
import { importedTeacher } from "./imported-teacher.ts";
import { observedNetwork, type ObservedNetwork } from "./observed-network.ts";
import { roles } from "./roles.ts";
import { knowledgeCondensationSchema, normalisations, type KnowledgeCondensationRecipe } from "./schema.ts";

const studentPrefix = `${roles.student}.`;

export interface Teacher {
  readonly observed: ObservedNetwork;
  /** Values by names with the role's prefix. */
  readonly states: ReadonlyMap<string, HostTensor>;
}

type Wanted = Pick<
  KnowledgeCondensationRecipe,
  "teacher" | "teacherModel" | "teacherTaps" | "teacherNormalise" | "data" | "seed"
>;

/** What a source of weights says about a network. */
interface Found {
  readonly model: ClassifierRecipe;
  readonly imageSize: number | undefined;
  readonly normalise: keyof typeof normalisations;
  readonly weights: LoadableWeights | undefined;
}

/**
 * The frozen network that `teacher` names: a run of `classify` or of this method, an ONNX file, a file of weights of a
 * network that `teacherModel` or the file's folder names.
 *
 * @throws FoveaError where there is none, or its weights or classes do not fit
 */
export function loadTeacher(recipe: Wanted, classes: number): Teacher {
  const { teacherTaps: taps, teacherNormalise } = recipe;
  const teacher = named(recipe);
  if (extname(teacher).toLowerCase() === ".onnx") {
    const normalise = normalisations[teacherNormalise ?? "imagenet"];
    const observed = importedTeacher(teacher, { normalise, taps, role: roles.teacher, classes });
    return { observed, states: initialise(observed.module, 0) }; // an imported model starts from its own values
  }
  const found = find(recipe);
  const size = found.imageSize ?? recipe.data.imageSize;
  const build = () => trainedClassifier(found.model, size, classes).network;
  const network = prepare(build(), roles.teacher);
  const states = found.weights === undefined ? initialise(network, recipe.seed) : loaded(build(), found.weights);
  const observed = observedNetwork(network, {
    normalise: normalisations[teacherNormalise ?? found.normalise],
    imageSize: found.imageSize,
    taps,
  });
  return { observed, states };
}

function loaded(network: ReturnType<typeof trainedClassifier>["network"], weights: LoadableWeights) {
  prepare(network);
  const { states } = loadPretrained(network, weights, layoutOf(weights));
  return new Map([...states].map(([name, value]) => [`${roles.teacher}.${name}`, value]));
}

/** How RepDistiller and KCD, SSKD, or a plain file write their networks; told by the names. */
function layoutOf(
  weights: LoadableWeights,
): (typeof checkpointLayouts)["knowledge-condensation" | "sskd" | "cifar-resnet"] {
  const names = [...weights.keys()];
  if (names.some((name) => name.includes("backbone."))) return checkpointLayouts.sskd;
  if (names.some((name) => name.startsWith("state_dict") || name.startsWith("module."))) return checkpointLayouts["cifar-resnet"]; // prettier-ignore
  return checkpointLayouts["knowledge-condensation"];
}

function find(recipe: Wanted): Found {
  const { teacherModel } = recipe;
  const teacher = named(recipe);
  if (teacher === "random") {
    if (teacherModel === undefined) throw unnamed("teacher=random");
    return { model: teacherModel, imageSize: undefined, normalise: "imagenet", weights: undefined };
  }
  return existsSync(teacher) && statSync(teacher).isFile() ? ofFile(teacher, teacherModel) : ofRun(teacher);
}

function ofRun(name: string): Found {
  const run = RunDirectory.open(name);
  const { method, values } = run.readRecipe();
  const weights = readWeights(run.checkpoint("best").path);
  if (method === classify.name) {
    const { model, data } = checkRecipe(classify, values);
    return { model, imageSize: data.imageSize, normalise: "imagenet", weights };
  }
  const own = knowledgeCondensationSchema.safeParse(values);
  if (method === "knowledge-condensation" && own.success) {
    const { model, data, normalise } = own.data;
    const student = [...weights].filter(([key]) => key.startsWith(studentPrefix));
    const named = new Map(student.map(([key, value]) => [key.slice(studentPrefix.length), value]));
    return { model, imageSize: data.imageSize, normalise, weights: named };
  }
  throw new FoveaError("teacher/method", `run ${run.name} was trained by ${method}, which gives no classifier`, {
    hint: "a teacher is a run of classify or knowledge-condensation, or an ONNX file",
    exitCode: 2,
  });
}

function ofFile(path: string, given: ClassifierRecipe | undefined): Found {
  const model = given ?? modelOfFolder(path);
  const file = openWeights(path, { skipUnknown: true });
  try {
    const states = [...file.tensors].filter(([name]) => !name.startsWith("optimizer."));
    const weights = new Map(states.map(([name, tensor]) => [name, tensor.load({ widen: true })]));
    return { model, imageSize: undefined, normalise: given === undefined ? "cifar100" : "imagenet", weights };
  } finally {
    file.close();
  }
}

/** RepDistiller's folders: `resnet32x4_vanilla/ckpt_epoch_240.pth`, `wrn_40_2_vanilla/…`. Source: section 8. */
function modelOfFolder(path: string): ClassifierRecipe {
  const folder = basename(dirname(path));
  const parts = folder.split("_");
  const name = parts[0] === "wrn" ? parts.slice(0, 3).join("_") : parts[0];
  const known = convolutionalNames.find((candidate) => candidate === name);
  if (known === undefined) throw unnamed(path);
  return knowledgeCondensationSchema.shape.model.parse({ backbone: known });
}

/** @throws FoveaError where the recipe names no teacher */
function named({ teacher }: Wanted): string {
  if (teacher !== undefined) return teacher;
  throw new FoveaError("teacher/missing", "a distillation needs a teacher, and the recipe names none", {
    hint: "train one with `fovea train classify/tiny model.backbone=resnet20`, then set teacher=runs/NAME; or teacher=model.onnx",
    exitCode: 2,
  });
}

const unnamed = (what: string): FoveaError =>
  new FoveaError("teacher/model", `${what}: nothing says which network these weights are of`, {
    hint: "name it: teacherModel.backbone=resnet20",
    exitCode: 2,
  });

import type { Command } from "./command.ts";
import { assemble } from "./commands/assemble.ts";
import { checkpointConvert } from "./commands/checkpoint-convert.ts";
import { checkpointDiff } from "./commands/checkpoint-diff.ts";
import { checkpointInspect } from "./commands/checkpoint-inspect.ts";
import { checkpointLoad } from "./commands/checkpoint-load.ts";
import { dataConvert } from "./commands/data-convert.ts";
import { dataDownload } from "./commands/data-download.ts";
import { dataInspect } from "./commands/data-inspect.ts";
import { dataMake } from "./commands/data-make.ts";
import { dataSplit } from "./commands/data-split.ts";
import { dataVerify } from "./commands/data-verify.ts";
import { doctor } from "./commands/doctor.ts";
import { evaluate } from "./commands/eval.ts";
import { exportModel } from "./commands/export.ts";
import { jobsCancel, jobsLs, jobsRetry, jobsShow } from "./commands/jobs.ts";
import { features } from "./commands/features.ts";
import { predict } from "./commands/predict.ts";
import { recipes } from "./commands/recipes.ts";
import { report } from "./commands/report.ts";
import { sample } from "./commands/sample.ts";
import { runsLs } from "./commands/runs-ls.ts";
import { runsShow } from "./commands/runs-show.ts";
import { show } from "./commands/show.ts";
import { start } from "./commands/start.ts";
import { sweep } from "./commands/sweep.ts";
import { systems } from "./commands/systems.ts";
import { train } from "./commands/train.ts";
import { verifyResume } from "./commands/verify-resume.ts";
import { verify } from "./commands/verify.ts";

/** Every command, in the order of the help text. */
export const commands: readonly Command[] = [
  start,
  train,
  assemble,
  evaluate,
  predict,
  sample,
  features,
  exportModel,
  report,
  show,
  recipes,
  systems,
  sweep,
  jobsLs,
  jobsShow,
  jobsCancel,
  jobsRetry,
  runsLs,
  runsShow,
  dataInspect,
  dataMake,
  dataConvert,
  dataSplit,
  dataVerify,
  dataDownload,
  checkpointInspect,
  checkpointLoad,
  checkpointConvert,
  checkpointDiff,
  verify,
  verifyResume,
  doctor,
];

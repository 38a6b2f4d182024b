/** Networks of a distillation: the prefixes of their names in programs and checkpoints. */
export const roles = { student: "student", teacher: "teacher", distiller: "distiller" } as const;

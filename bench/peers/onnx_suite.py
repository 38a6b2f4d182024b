"""Writes the ONNX project's operator tests (PyPI package `onnx`) as folders of `model.onnx` and `test_data_set_*`.

    python bench/peers/onnx_suite.py DIR

Each case becomes DIR/NAME/model.onnx and DIR/NAME/test_data_set_I/{input,output}_J.pb, the layout that the package's own
backend tests use; DIR/suite.json names the package's version. `npm run golden -- DIR` runs them.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases


def proto_of(value, value_info):
    """A TensorProto, SequenceProto or OptionalProto for one value of a case, or the proto that it already is."""
    if hasattr(value, "SerializeToString"):
        return value
    kind = value_info.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, value_info.name)
    if kind == "optional_type":
        return numpy_helper.from_optional(value, value_info.name)
    return numpy_helper.from_array(np.asarray(value), value_info.name)


def write_case(directory, case):
    folder = directory / case.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    graph = case.model.graph
    for i, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{i}"
        data.mkdir(exist_ok=True)
        for kind, values, infos in (("input", inputs, graph.input), ("output", outputs, graph.output)):
            for j, (value, info) in enumerate(zip(values, infos)):
                (data / f"{kind}_{j}.pb").write_bytes(proto_of(value, info).SerializeToString())


def main(directory):
    warnings.simplefilter("ignore")
    np.random.seed(0)  # some cases draw their inputs
    cases = collect_testcases(None)
    failed = []
    for case in cases:
        try:
            write_case(directory, case)
        except Exception as error:  # a value that this package version cannot serialise: named, not hidden
            failed.append(f"{case.name}: {error}")
    suite = {"package": "onnx", "version": onnx.__version__, "cases": len(cases), "notWritten": failed}
    (directory / "suite.json").write_text(json.dumps(suite, indent=2) + "\n")
    print(f"onnx {onnx.__version__}: {len(cases) - len(failed)} of {len(cases)} cases written to {directory}")
    for line in failed:
        print(f"  not written: {line}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

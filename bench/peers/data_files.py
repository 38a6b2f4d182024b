"""Files of the test suites of astropy, scipy and numpy, as they lie in their wheels: what their own readers say of
them against `fovea data inspect FILE... --json`.

    python3 -m venv ../peers && ../peers/bin/pip install astropy scipy numpy
    npm run build && ../peers/bin/python bench/peers/data_files.py [--all] [--json FILE] [--fovea "node bin/fovea.js"]

Prints a Markdown table; with --all a line for each file. A file agrees when every array has the peer's type, shape and
bytes (SHA-256 of the row-major little-endian elements; texts without trailing blanks), or when both refuse it.
"""

import argparse
import collections
import hashlib
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")


def folder(package):
    return importlib.util.find_spec(package).submodule_search_locations[0]


def find(package, endings):
    for path, _, names in sorted(os.walk(folder(package))):
        for name in sorted(names):
            if name.endswith(endings) and "tests" in path:
                yield os.path.join(path, name)


# --- what an array is, in the words of fovea

WORDS = {"complex64": "complex64", "complex128": "complex128"}


def digest(array):
    array = np.asarray(array)
    if array.dtype.kind == "V" or array.dtype.kind == "O":
        raise TypeError(f"elements of {array.dtype}")
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=True)
    return {"type": array.dtype.name, "shape": list(array.shape), "sha256": hashlib.sha256(little.tobytes()).hexdigest()}


def text_digest(texts, shape):
    clean = [str(text).split("\0")[0].rstrip() for text in texts]
    joined = "".join(f"{text}\n" for text in clean)
    return {"type": "text", "shape": list(shape), "sha256": hashlib.sha256(joined.encode()).hexdigest()}


# --- astropy


def fits_column(values):
    values = values.array if hasattr(values, "array") and not hasattr(values, "shape") else values
    array = np.asarray(values)
    if array.dtype.kind == "O":  # rows of their own lengths
        rows = list(array)
        if all(isinstance(row, (str, np.str_)) or getattr(row, "dtype", np.dtype("f4")).kind in "SU" for row in rows):
            joined = ["".join(row) if not isinstance(row, str) else row for row in map(lambda r: r if isinstance(r, str) else [str(c) for c in np.asarray(r).ravel()], rows)]
            return text_digest(joined, [len(joined)])
        flat = np.concatenate([np.asarray(row).ravel() for row in rows]) if rows else np.zeros(0)
        entry = digest(flat)
        return {**entry, "type": f"lists of {entry['type']}", "shape": [len(rows)]}
    if array.dtype.kind in "SU":
        flat = [text.decode("latin1") if isinstance(text, bytes) else text for text in array.ravel()]
        return text_digest(flat, array.shape)
    return digest(array)


def read_fits(path):
    from astropy.io import fits

    arrays = {}
    with fits.open(path, uint=True, memmap=False) as units:
        for index, unit in enumerate(units):
            if isinstance(unit, fits.CompImageHDU) or unit.header.get("ZTABLE") is True:
                raise NotImplementedError("tile-compressed")
            if isinstance(unit, fits.GroupsHDU):
                data = unit.data
                for place, name in enumerate(data.parnames):
                    arrays[f"{index}.{name}"] = digest(data.par(place))
                arrays[f"{index}.DATA"] = digest(data.data)
            elif isinstance(unit, (fits.BinTableHDU, fits.TableHDU)):
                data = unit.data
                for place, column in enumerate(unit.columns):
                    key = f"{index}.{column.name}"
                    arrays[key if key not in arrays else f"{key}#{place}"] = fits_column(data.field(place))
            elif unit.data is not None:
                arrays[str(index)] = digest(unit.data)
    return arrays


# --- scipy


def mat_arrays(name, value, out):
    import scipy.sparse

    if type(value).__name__ in ("MatlabFunction", "MatlabOpaque", "MatlabObject"):
        raise NotImplementedError(type(value).__name__)
    if scipy.sparse.issparse(value):
        entry = digest(value.toarray())
        out[name] = {**entry, "type": f"sparse {entry['type']}"}
    elif value.dtype.names is not None or value.dtype == object and value.ndim == 0:
        if value.dtype.names is None:
            return mat_arrays(name, value.item(), out)
        out[name] = {"type": "struct", "shape": list(value.shape), "fields": list(value.dtype.names)}
        for place, element in enumerate(value.ravel()):
            for field in value.dtype.names:
                mat_arrays(f"{name}[{place}].{field}", element[field], out)
    elif value.dtype == object:
        out[name] = {"type": "cell", "shape": list(value.shape)}
        for place, element in enumerate(value.ravel()):
            mat_arrays(f"{name}{{{place}}}", element, out)
    elif value.dtype.kind == "U":
        out[name] = text_digest(value.ravel(), value.shape)
    else:
        out[name] = digest(value)


def read_mat(path):
    import scipy.io

    found = scipy.io.loadmat(path, chars_as_strings=True, mat_dtype=False)
    out = {}
    for name, value in found.items():
        if name not in ("__header__", "__version__", "__globals__"):
            mat_arrays(name, np.asarray(value) if not hasattr(value, "toarray") else value, out)
    return out


# --- numpy


def read_numpy(path):
    if path.endswith(".npy"):
        return {"array": digest(np.load(path))}
    with np.load(path) as archive:
        return {name: digest(archive[name]) for name in archive.files}


SUITES = [
    ("astropy", "FITS", (".fits", ".fits.gz", ".fits.Z", ".fit"), read_fits),
    ("scipy", "MATLAB", (".mat",), read_mat),
    ("numpy", "npy, npz", (".npy", ".npz"), read_numpy),
    ("scipy", "npy, npz", (".npy", ".npz"), read_numpy),
]


def differences(peer, ours):
    found = []
    mine = {}
    for place, entry in enumerate(ours["arrays"]):
        name = entry["name"]
        mine[name if name not in mine else f"{name}#{place}"] = entry
    for name, entry in peer.items():
        other = mine.get(name)
        if other is None:
            found.append(f"{name} is missing")
            continue
        for key, value in entry.items():
            if other.get(key) != value:
                found.append(f"{name}: {key} {value} (peer), {other.get(key)} (fovea)")
                break
    found.extend(f"{name} is not the peer's" for name in mine if name not in peer)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fovea", default="node bin/fovea.js")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--only", default="")
    flags = parser.parse_args()
    rows, lines = [], []
    for package, kind, endings, read in SUITES:
        paths = [path for path in find(package, endings) if flags.only in path]
        if not paths:
            continue
        run = subprocess.run([*shlex.split(flags.fovea), "data", "inspect", *paths, "--json"], capture_output=True, text=True)
        answers = {answer["path"]: answer for answer in map(json.loads, run.stdout.splitlines())}
        count = collections.Counter()
        for path in paths:
            ours = answers.get(path)
            short = os.path.relpath(path, folder(package))
            try:
                peer = read(path)
            except Exception as error:  # whatever the peer throws is its refusal
                peer = error
            if ours is None:
                verdict, why = "no answer", run.stderr[-300:]
            elif "error" in ours:
                verdict = "both refuse" if isinstance(peer, Exception) else "refused by fovea only"
                why = ours["error"]["message"].replace(path, os.path.basename(path))
            elif isinstance(peer, Exception):
                verdict, why = "read by fovea only", f"{type(peer).__name__}: {peer}"
            else:
                found = differences(peer, ours)
                verdict, why = ("different", "; ".join(found[:3])) if found else ("equal", "")
            count[verdict] += 1
            lines.append({"package": package, "file": short, "verdict": verdict, "why": why})
        version = __import__(package).__version__
        rows.append([f"{package} {version}", kind, len(paths), count, run.returncode])
    print("| test suite | files | number | equal | both refuse | refused by fovea only | read by fovea only | different | no answer |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, kind, total, count, _ in rows:
        cells = [count[v] for v in ("equal", "both refuse", "refused by fovea only", "read by fovea only", "different", "no answer")]
        print(f"| {name} | {kind} | {total} | {' | '.join(map(str, cells))} |")
    for line in lines:
        if flags.all or line["verdict"] != "equal":
            print(f"- {line['package']} `{line['file']}`: {line['verdict']}{': ' if line['why'] else ''}{line['why']}")
    if flags.json:
        with open(flags.json, "w") as out:
            json.dump(lines, out, indent=1)
    return 1 if any(line["verdict"] in ("different", "no answer") for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())

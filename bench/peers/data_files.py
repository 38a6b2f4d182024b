"""Files of the test suites of astropy, scipy and numpy, as they lie in their wheels: what their own readers say of
them against `fovea data inspect FILE... --json`.

    python3 -m venv ../peers && ../peers/bin/pip install astropy scipy numpy
    npm run build && ../peers/bin/python bench/peers/data_files.py [--all] [--json FILE] [--fovea "node bin/fovea.js"]

Prints a Markdown table; with --all a line for each file. A file agrees when every array has the peer's type, shape and
bytes (SHA-256 of the row-major little-endian elements; texts of FITS without trailing blanks). What fovea refuses is listed
with its reason, and whether the peer refuses it too.
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




class Unlike(Exception):
    """The peer reads it, but fovea has nothing to compare it with."""


def digest(array):
    array = np.asarray(array)
    if array.dtype.kind in "VOSUMm":
        raise Unlike(f"elements of {array.dtype}")
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=True)
    entry = {"type": array.dtype.name, "shape": list(array.shape), "sha256": hashlib.sha256(little.tobytes()).hexdigest()}
    finite = array[np.isfinite(array)].astype(np.float64) if array.dtype.kind == "f" else array[:0]
    if finite.size > 0:
        entry["figures"] = [float(finite.min()), float(finite.max()), float(finite.astype(np.longdouble).sum())]
    return entry


def text_digest(texts, shape, strip=False):
    clean = [str(text).split("\0")[0].rstrip() if strip else str(text) for text in texts]
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
            return text_digest(joined, [len(joined)], strip=True)
        flat = np.concatenate([np.asarray(row).ravel() for row in rows]) if rows else np.zeros(0)
        entry = digest(flat)
        return {**entry, "type": f"lists of {entry['type']}", "shape": [len(rows)]}
    if array.dtype.kind in "SU":
        flat = [text.decode("latin1") if isinstance(text, bytes) else text for text in array.ravel()]
        return text_digest(flat, array.shape, strip=True)
    return digest(array)


def read_fits(path):
    from astropy.io import fits

    arrays = {}
    with fits.open(path, uint=True, memmap=False) as units:
        for index, unit in enumerate(units):
            if isinstance(unit, fits.CompImageHDU) or unit.header.get("ZTABLE") is True:
                raise Unlike("tile-compressed")
            if isinstance(unit, fits.GroupsHDU):
                data = unit.data
                for place, name in enumerate(data.parnames):
                    key = f"{index}.{name}"
                    arrays[key if key not in arrays else f"{key}#{len(arrays)}"] = digest(data.par(place))
                arrays[f"{index}.DATA"] = digest(data.data)
            elif isinstance(unit, (fits.BinTableHDU, fits.TableHDU)):
                data = unit.data
                for place, column in enumerate(unit.columns):
                    key = f"{index}.{column.name}"
                    arrays[key if key not in arrays else f"{key}#{place}"] = fits_column(data.field(place))
            elif type(unit).__name__ != "_NonstandardHDU" and unit.data is not None:
                arrays[str(index)] = digest(unit.data)
    return arrays


# --- scipy


def mat_arrays(name, value, plain, out):
    """`value` as MATLAB would have it (mat_dtype), `plain` as it is stored: the former loses imaginary parts."""
    import scipy.sparse

    if type(value).__name__ in ("MatlabFunction", "MatlabOpaque", "MatlabObject"):
        raise Unlike(type(value).__name__)
    if scipy.sparse.issparse(value):
        columns = value.tocsc()
        columns.sort_indices()
        data = columns.data if columns.data.dtype.kind in "bc" else columns.data.astype(np.float64)
        out[name] = {"type": "sparse", "shape": list(value.shape)}
        out[f"{name}.rows"] = digest(columns.indices.astype(np.int32))
        out[f"{name}.starts"] = digest(columns.indptr.astype(np.int32))
        out[f"{name}.values"] = digest(data)
    elif value.dtype.names is not None:
        out[name] = {"type": "struct", "shape": list(value.shape), "fields": list(value.dtype.names)}
        for place, (element, stored) in enumerate(zip(value.ravel(), plain.ravel())):
            for field in value.dtype.names:
                mat_arrays(f"{name}[{place}].{field}", element[field], stored[field], out)
    elif value.dtype == object and all(element is None for element in value.ravel()):  # a struct without fields
        out[name] = {"type": "struct", "shape": list(value.shape), "fields": []}
    elif value.dtype == object:
        out[name] = {"type": "cell", "shape": list(value.shape)}
        for place, (element, stored) in enumerate(zip(value.ravel(), plain.ravel())):
            mat_arrays(f"{name}{{{place}}}", element, stored, out)
    elif value.dtype.kind == "U":
        out[name] = text_digest(value.ravel(), value.shape)
    else:
        out[name] = digest(plain if plain.dtype.kind == "c" else value)


def read_mat(path):
    import scipy.io

    found = scipy.io.loadmat(path, mat_dtype=True)
    stored = scipy.io.loadmat(path, mat_dtype=False)
    out = {}
    for name, value in found.items():
        if name not in ("__header__", "__version__", "__globals__", "__function_workspace__"):
            mat_arrays(name, value, stored[name], out)
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


def close(entry, other):
    """Equal but for the last bits: floats that one scaled in float32 and the other in float64."""
    same = all(entry[key] == other.get(key) for key in ("type", "shape"))
    if not same or "figures" not in entry or entry["sha256"] == other.get("sha256"):
        return False
    return np.allclose(entry["figures"], [other[key] for key in ("min", "max", "sum")], rtol=1e-6, atol=0)


def differences(peer, ours):
    found, rounded = [], []
    mine = {}
    for place, entry in enumerate(ours["arrays"]):
        name = entry["name"]
        mine[name if name not in mine else f"{name}#{place}"] = entry
    for name, entry in peer.items():
        other = mine.get(name)
        if other is None:
            found.append(f"{name} is missing")
            continue
        if close(entry, other):
            rounded.append(name)
            continue
        for key, value in entry.items():
            if key != "figures" and other.get(key) != value:
                found.append(f"{name}: {key} {value} (peer), {other.get(key)} (fovea)")
                break
    found.extend(f"{name} is not the peer's" for name in mine if name not in peer)
    return found, rounded


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
                refuses = isinstance(peer, Exception) and not isinstance(peer, Unlike)
                verdict = "both refuse" if refuses else "refused by fovea only"
                why = ours["error"]["message"].replace(path, os.path.basename(path))
            elif isinstance(peer, Exception):
                verdict, why = "read by fovea only", f"{type(peer).__name__}: {peer}"
            else:
                found, rounded = differences(peer, ours)
                verdict, why = ("different", "; ".join(found[:3])) if found else ("equal", "")
                if rounded and not found:
                    verdict, why = "equal to 1e-6", f"{', '.join(rounded[:3])} scaled in another precision"
            count[verdict] += 1
            lines.append({"package": package, "file": short, "verdict": verdict, "why": why})
        version = __import__(package).__version__
        rows.append([f"{package} {version}", kind, len(paths), count, run.returncode])
    print("| test suite | files | number | equal | equal to 1e-6 | both refuse | refused by fovea only | read by fovea only | different | no answer |")
    print("| --- " * 10 + "|")
    for name, kind, total, count, _ in rows:
        cells = [count[v] for v in ("equal", "equal to 1e-6", "both refuse", "refused by fovea only", "read by fovea only", "different", "no answer")]
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

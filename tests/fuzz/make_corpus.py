#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets, tests/fuzz/corpus/<target>/, from the
fixtures. Inputs that a fuzzer found are kept beside them as found_*.

    tests/fuzz/make_corpus.py            write them
    tests/fuzz/make_corpus.py --check    compare with what is there
"""
import pathlib
import struct
import sys
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "fixtures"
CORPUS = HERE / "corpus"

# One of each layout of an archive.
LAYOUTS = ["alignment_1", "appended", "comment", "deflated", "folder_entries",
           "macosx", "memo_2", "no_version", "no_zip64_trailer", "prepended",
           "prepended_counted", "single_tensor", "zip64_entries"]
# One of each kind of value.
VALUES = ["deflated", "cyclic", "collision", "demo_head_only", "list", "meta",
          "nested", "nested_folder", "parameters", "protocol_1",
          "python2", "subclass", "tied", "views"]
# Of TorchScript, in both forms.
SCRIPTS = ["code", "classes", "constants_shared", "json_1_1", "json_1_2", "tags"]
# One of each kind of archive with several checkpoints, or with tables.
ARCHIVES = ["agent.zip", "served.mar", "nested.zip", "no_endings.zip",
            "exported_shared.pt2", "exported_2.5.pt2", "exported_2.8.pt2"]
REFERENCES = {
    "names_lines": b"a\nb.c\n\nd\r\n",
    "names_array": b'["a", "b.c", "\\u00e9\\ud83d\\ude00"]',
    "manifest_least": b'{"schema": "ptscope/manifest/1", "tensors": {"a": {}}}',
    "manifest_full": b'{"schema": "ptscope/manifest/1", "name": "m", "root": '
                     b'"auto", "tensors": {"a": {"dtype": "float32", "shape": '
                     b'[1, 2]}, "b": {"shape": []}, "c": {"dtype": "half"}}, '
                     b'"tied": [["a", "b"]]}',
    "manifest_rules": b'{"schema": "ptscope/manifest/1", "tensors": {"a": {}}, '
                      b'"rules": {"may_miss": [{"match": "*"}]}}',
    "manifest_versions": b'{"schema": "ptscope/manifest/1", "versions": {"1": '
                         b'{"tensors": {"a": {}}}}}',
    "manifest_depth": b'{"schema":' + b"[" * 20 + b"]" * 20 + b"}",
}


# The magic number and the version.
LEGACY_HEAD = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e80024de9032e")


def pickle_of(path):
    """The first data.pkl of an archive; None where there is none to read."""
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.lower().endswith("data.pkl"):
                    return archive.read(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError,
            OverflowError, ValueError, EOFError, OSError):
        pass
    return None


def without_crc(data):
    """The archive with CRC fields of 0, which are not checked: so that a
    mutation of the pickle gets further than to its CRC."""
    data = bytearray(data)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", data, at + 16, 0)
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def seeds():
    for name in LAYOUTS:
        yield "zip_directory", name, (FIXTURES / f"zip/{name}.pt").read_bytes()
    seen = set()
    for folder in ("zip", "hostile", "torch-1.13", "torch-2.15"):
        for path in sorted((FIXTURES / folder).glob("*.pt")):
            if path.stat().st_size > 8192:
                continue
            pickle = pickle_of(path)
            if pickle is None or len(pickle) > 1024 or pickle in seen:
                continue
            seen.add(pickle)
            yield "pickle", f"{folder}_{path.stem}", pickle
    for name in VALUES:
        yield "open", name, without_crc(
            (FIXTURES / f"zip/{name}.pt").read_bytes())
    # The size of the values, then the header: safetensors_fuzzer.cc.
    for folder in ("safetensors", "damaged", "hostile", "torch-2.15"):
        for path in sorted((FIXTURES / folder).glob("*.safetensors")):
            data = path.read_bytes()
            length = min(int.from_bytes(data[:8], "little"), len(data) - 8)
            size = struct.pack("<H", len(data) - 8 - length)
            yield ("safetensors", f"{folder}_{path.stem}",
                   size + data[8:8 + length])
    for path in sorted((FIXTURES / "sharded").glob("*/*.index.json")):
        yield "index", f"{path.parent.name}_{path.name}", path.read_bytes()
    for path in sorted([*FIXTURES.glob("legacy/*.pt"),
                        *FIXTURES.glob("*/legacy_*.pt")]):
        data = path.read_bytes()
        if data.startswith(LEGACY_HEAD) and len(data) < 2048:
            yield "legacy", path.stem, data[len(LEGACY_HEAD):]
    for path in sorted([*FIXTURES.glob("pickle/*.pkl"),
                        *FIXTURES.glob("*/pickle_*.pkl")]):
        if path.stat().st_size < 2048:
            yield "legacy", f"bare_{path.stem}", path.read_bytes()
    for path in sorted([*FIXTURES.glob("tar/*.tar"),
                        *FIXTURES.glob("*/tar_*.tar")]):
        # Without the zeros at the end, but for a block of them.
        data = path.read_bytes().rstrip(b"\0")
        yield "tar", path.stem, data + bytes(1024 - len(data) % 512)
    for path in sorted((FIXTURES / "distributed").glob("*/.metadata")):
        if path.stat().st_size <= 4096:
            yield "dcp", path.parent.name, path.read_bytes()
    for name in SCRIPTS:
        yield "open", f"script_{name}", without_crc(
            (FIXTURES / f"script/{name}.pt").read_bytes())
    for name in ARCHIVES:
        yield "open", f"archive_{name}", without_crc(
            (FIXTURES / f"archives/{name}").read_bytes())
    for name in ("packaged.pt", "package_modules.pt"):
        yield "open", name.partition(".")[0], without_crc(
            (FIXTURES / f"torch-2.15/{name}").read_bytes())
    for name, data in REFERENCES.items():
        yield "reference", name, data
    for name in ("demo.json", "demo_names.txt"):
        yield "reference", name, (FIXTURES / name).read_bytes()


def main():
    check = sys.argv[1:] == ["--check"]
    wrong = []
    wanted = set()
    for target, name, data in seeds():
        path = CORPUS / target / name
        wanted.add(path)
        if check:
            if not path.exists() or path.read_bytes() != data:
                wrong.append(f"{path} is not what make_corpus.py writes")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for path in sorted(CORPUS.glob("*/*")):
        if path not in wanted and not path.name.startswith("found_"):
            wrong.append(f"{path} is no seed and not named found_*")
    print("\n".join(wrong) or f"{len(wanted)} seeds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

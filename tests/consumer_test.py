#!/usr/bin/env python3
"""Installs the build into a scratch prefix, builds a project that does
find_package(ptscope) against it, and runs the program.

PTSCOPE_BUILD_DIR is the build (default build/release); PTSCOPE_CXX and
PTSCOPE_CXX_FLAGS are the compiler and the flags it was built with.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("PTSCOPE_BUILD_DIR", SOURCE / "build/release"))
DEMO = SOURCE / "fixtures" / "demo.pt"


def run(*command):
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode:
        print("$", *command)
        print(done.stdout)
        sys.exit(f"exit {done.returncode}")
    return done.stdout


def main():
    with tempfile.TemporaryDirectory() as scratch:
        prefix, build = f"{scratch}/prefix", f"{scratch}/build"
        run("cmake", "--install", BUILD, "--prefix", prefix)
        # The consumer is copied away, so that nothing of this tree is near it.
        shutil.copytree(SOURCE / "tests/install_consumer", f"{scratch}/consumer")
        run("cmake", "-G", "Ninja", "-S", f"{scratch}/consumer", "-B", build,
            f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release",
            f"-DCMAKE_CXX_COMPILER={os.environ.get('PTSCOPE_CXX') or 'c++'}",
            f"-DCMAKE_CXX_FLAGS={os.environ.get('PTSCOPE_CXX_FLAGS', '')}")
        run("cmake", "--build", build)
        found = run(f"{build}/consumer", DEMO).strip()
        tensors = json.loads(DEMO.with_name("demo.json").read_text())["tensors"]
        expected = f"{len(tensors)} tensors"
        if found != expected:
            sys.exit(f"{DEMO.name}: {found!r}, expected {expected!r}")
        # Where the program was built it is installed too, and runs from there.
        program = pathlib.Path(prefix) / "bin" / "ptscope"
        if program.exists():
            run(program, "--version")
        for header in pathlib.Path(prefix, "include").rglob("*.h"):
            run(os.environ.get("PTSCOPE_CXX") or "c++", "-std=c++20",
                "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++",
                f"-I{prefix}/include", "-include", header, os.devnull)
    print("installed, found, linked, run; every public header compiles alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())

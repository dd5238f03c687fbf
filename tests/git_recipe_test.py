#!/usr/bin/env python3
"""Runs what README.md shows of git and CI, word for word, in a repository made
for it: `git diff` through textconv, the pre-commit hook, the step of CI.

In the repository model.pt was committed whole, and then without one tensor.
Nothing of the person's own settings is read or written.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import docs_test

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
WHOLE, PART = FIXTURES / "demo.pt", FIXTURES / "demo_missing.pt"
BROKEN = FIXTURES / "damaged" / "cut_50.pt"
LOST = "fc.bias"  # what PART lacks


def documented():
    """The console block, the hook and the command of the step."""
    blocks = [(language, body, reason or "") for _, language, body, reason
              in docs_test.blocks((SOURCE / "README.md").read_text("utf-8"))]
    here = [block for block in blocks
            if pathlib.Path(__file__).name in block[2]]
    consoles = [body for language, body, _ in here if language == "console"]
    hooks = [body for language, body, _ in here if language == "sh"]
    steps = [line.split("run:", 1)[1].strip() for language, body, _ in blocks
             if language == "yaml" for line in body if "run:" in line]
    assert (len(consoles), len(hooks), len(steps)) == (1, 1, 1), here
    return consoles[0], "\n".join(hooks[0]) + "\n", steps[0]


class Repository:
    def __init__(self, scratch, binary):
        (scratch / "bin").mkdir()
        (scratch / "bin" / "ptscope").symlink_to(binary)
        self.folder = scratch / "repository"
        self.environment = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith("GIT_")},
            "PATH": f"{scratch / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch),
            "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "TERM": "dumb"}
        self.folder.mkdir()
        self.git("init", "-q")
        manifest = self.run("ptscope", "manifest", WHOLE)
        (self.folder / "model.json").write_text(manifest.stdout, "utf-8")
        for model in (WHOLE, PART):
            self.stage(model)
            self.commit()

    def run(self, *words, good=True):
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, text=True,
            encoding="utf-8", errors="backslashreplace", timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        if good and done.returncode:
            raise RuntimeError(f"{words}: {done.stdout}")
        return done

    def git(self, *words, good=True):
        return self.run("git", "-c", "user.name=A Person",
                        "-c", "user.email=person@example.org",
                        "-c", "commit.gpgsign=false", *words, good=good)

    def put(self, model):
        shutil.copy(model, self.folder / "model.pt")

    def stage(self, model):
        self.put(model)
        self.git("add", "-A")

    def commit(self, *more, good=True):
        return self.git("commit", "-q", "-m", "model", *more, good=good)


def diff_faults(repository, console):
    """What the console shows; and of files that cannot be listed."""
    yield from docs_test.run_console(console, repository.folder,
                                     repository.environment)
    if not any(line.startswith(f"-{LOST}\t") for line in console):
        yield f"README.md does not show that {LOST} was lost"
    # Words in place of the listing; git goes on.
    repository.put(BROKEN)
    shown = repository.git("diff", good=False)
    if shown.returncode or "cut short" not in shown.stdout:
        yield f"git diff of a broken file: {shown.stdout}"
    repository.put(PART)


def hook_faults(repository, text):
    hook = repository.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text, "utf-8")
    hook.chmod(0o755)

    def check(what, staged, there, refused):
        """A commit of what is staged, while another file lies there."""
        repository.git("reset", "-q", "--hard")
        repository.stage(staged)
        repository.put(there)
        done = repository.commit("--allow-empty", good=False)
        if bool(done.returncode) != (refused is not None):
            yield f"hook: {what}: exit {done.returncode}: {done.stdout}"
        elif refused is not None and refused not in done.stdout:
            yield f"hook: {what}: not a word of {refused}: {done.stdout}"

    yield from check("a whole one", WHOLE, WHOLE, None)
    yield from check("a part is missing", PART, PART, LOST)
    yield from check("a part is missing of what is staged", PART, WHOLE, LOST)
    yield from check("what is staged is whole", WHOLE, PART, None)
    yield from check("a broken one", BROKEN, BROKEN, "cut short")
    # No checkpoint in the commit; and one that goes.
    repository.git("reset", "-q", "--hard")
    for change in (["commit", "-q", "--allow-empty", "-m", "nothing"],
                   ["rm", "-q", "model.pt"], ["commit", "-q", "-m", "gone"]):
        done = repository.git(*change, good=False)
        if done.returncode:
            yield f"hook: git {change}: {done.stdout}"


def step_faults(repository, command):
    folder = repository.folder / "checkpoints"
    folder.mkdir()

    def check(what, status):
        done = repository.run("bash", "-e", "-c", command, good=False)
        if done.returncode != status:
            yield f"step: {what}: exit {done.returncode}: {done.stdout}"

    yield from check("no checkpoint", 2)
    shutil.copy(WHOLE, folder / "one.pt")
    yield from check("a whole one", 0)
    shutil.copy(PART, folder / "two.pt")
    yield from check("a part is missing", 1)


def main():
    if shutil.which("git") is None:
        print("skipped: git is not installed")
        return 77
    binary = pathlib.Path(os.environ.get(
        "PTSCOPE_BINARY", SOURCE / "build" / "release" / "ptscope")).resolve()
    if not binary.is_file():
        print(f"{binary} is not built")
        return 1
    console, hook, step = documented()
    with tempfile.TemporaryDirectory() as scratch:
        repository = Repository(pathlib.Path(scratch), binary)
        found = [*diff_faults(repository, console),
                 *hook_faults(repository, hook),
                 *step_faults(repository, step)]
    print("\n".join(found) if found else
          "git diff, the hook and the step do what README.md says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

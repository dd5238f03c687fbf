#!/usr/bin/env python3
"""Many files at once: what -r finds and skips, the order of the answers and that
it does not depend on -j, memory, progress, Ctrl-C.

A scratch tree holds copies of fixtures, files that are no checkpoint, files that
lie where a checkpoint should be, links, and names that are odd. Where the
program has to be caught at work, its output goes to a pipe that nobody reads:
it waits, whatever the speed of the machine. No claim is made of times.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = SOURCE / "fixtures"
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
SANITIZED = "-fsanitize" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
# It keeps a signal back until the call that waits has returned.
KEEPS_SIGNALS = "-fsanitize=thread" in os.environ.get("PTSCOPE_CXX_FLAGS", "")
TIMEOUT = 300
NOBODY = 65534

ODD = "line\nbreak \x1b[31m\u202e.pt"
TREE = {  # path below the tree: what is copied there, or its bytes
    "a.pt": FIXTURES / "demo.pt",
    "a/x.pt": FIXTURES / "demo_missing.pt",
    "a/y.pt": FIXTURES / "zip" / "prepended.pt",
    "a/deep/er/z": FIXTURES / "zip" / "views.pt",
    "a-b.pt": FIXTURES / "zip" / "tied.pt",
    "a0.pt": FIXTURES / "damaged" / "demo_no_data.pt",
    "cut.pt": FIXTURES / "damaged" / "cut_50.pt",
    ODD: FIXTURES / "demo.pt",
    "config.json": b'{"model": 1}',
    "loss.png": b"\x89PNG\r\n\x1a\n",
    "a/log.txt": b"",
    "a/empty.pt": b"",
    "lfs/pytorch_model.bin":
        b"version https://git-lfs.github.com/spec/v1\noid sha256:"
        + b"0" * 64 + b"\nsize 1\n",
    "lfs/page.ckpt": b"<!DOCTYPE html><html></html>",
    "lfs/page.html": b"<!DOCTYPE html><html></html>",
    "lfs/zeros.pth": bytes(9999),
    "lfs/other": b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
    "dcp/.metadata": b"",
    "dcp/__0_0.distcp": b"",
}
LINKS = {"a/loop": "..", "twice": "a", "b.pt": "a.pt", "gone.pt": "nowhere",
         "gone": "nowhere"}
SKIPPED = {"config.json", "loss.png", "a/log.txt", "lfs/page.html", "gone"}
DIRECTORIES = {"dcp": "damaged"}
ERRORS = {
    "cut.pt": "damaged", "a/empty.pt": "not_checkpoint",
    "lfs/pytorch_model.bin": "not_checkpoint",
    "lfs/page.ckpt": "not_checkpoint", "lfs/zeros.pth": "not_checkpoint",
    "lfs/other": "damaged", "gone.pt": "io", **DIRECTORIES}


def make_tree(root):
    for name, content in TREE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            shutil.copy(content, path)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe.pt")


def found_in_order():
    """The paths that are answered, below the tree."""
    files = ({*TREE} | {n for n in LINKS if n not in ("a/loop", "twice")}
             | {*DIRECTORIES}) - SKIPPED
    return sorted((n for n in files if not n.startswith("dcp/")),
                  key=os.fsencode)


def run(*arguments, stdin=None, **more):
    """(stdout, stderr, status), as bytes."""
    done = subprocess.run(
        [BINARY, *map(os.fspath, arguments)], input=stdin or b"", check=False,
        capture_output=True, timeout=TIMEOUT, **more)
    return done.stdout, done.stderr, done.returncode


def records(stdout):
    return [json.loads(line) for line in stdout.decode("utf-8").splitlines()]


def in_order(stdout):
    """The files of the records, each once."""
    files = [r["file"] for r in records(stdout)]
    return [f for i, f in enumerate(files) if i == 0 or files[i - 1] != f]


def expect(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}:\n  found    {found!r}\n"
                             f"  expected {expected!r}")


def escaped(name):
    return name.replace("\\", "\\\\").replace("\n", "\\x0a").replace(
        "\x1b", "\\x1b").replace("\u202e", "\\u{202e}")


# ------------------------------------------------------------------ finding

def finds_what_is_there(scratch):
    """-r: order, errors, what is skipped, status."""
    stdout, stderr, status = run("info", "-r", "--format", "ndjson", "tree",
                                 cwd=scratch)
    expected = [f"tree/{name}" for name in found_in_order()]
    expect("files", in_order(stdout), expected)
    errors = {r["file"].removeprefix("tree/"): r["error"]["code"]
              for r in records(stdout) if "error" in r}
    expect("errors", errors, ERRORS)
    expect("status", status, 2)
    words = stderr.decode("utf-8").splitlines()
    told = [line.split(": ")[0] for line in words]
    expect("files on stderr", [name for name in told if name != "ptscope"],
           [f"tree/{escaped(name)}" for name in found_in_order()
            if name in ERRORS or name in ("a0.pt", "a/y.pt")])
    # the FIFO too
    expect("last words", words[-1], f"ptscope: {len(SKIPPED) + 1} files that "
           "are no checkpoint were skipped")


def lists_are_named(scratch):
    """--files-from with the same files, one a line and NUL-separated: the same
    answers; what -r would skip is an error."""
    names = [f"tree/{name}" for name in found_in_order()]
    whole = run("ls", "-r", "--format", "ndjson", "tree", cwd=scratch)
    nul = "\0".join(names).encode()
    listed = run("ls", "--format", "ndjson", "--files-from", "-", "-0",
                 cwd=scratch, stdin=nul)
    expect("-0", listed[0], whole[0])
    (scratch / "list").write_bytes(nul + b"\0")
    expect("-0 from a file", run("ls", "--format", "ndjson", "-0",
                                 "--files-from", "list", cwd=scratch)[0],
           whole[0])
    lines = [name for name in names if "\n" not in name]
    stdout, _, status = run("ls", "--format", "ndjson", "--files-from", "-",
                            cwd=scratch, stdin="\n".join(lines).encode())
    expect("lines", in_order(stdout), lines)
    expect("status", status, 2)
    stdout, stderr, status = run(
        "ls", "--format", "ndjson", "--files-from", "-",
        cwd=scratch, stdin=b"tree/a.pt\ntree/config.json\n")
    expect("named", in_order(stdout), ["tree/a.pt", "tree/config.json"])
    expect("named", (b"is a JSON file" in stderr, status), (True, 2))


def unreadable_directories(scratch):
    """One is an error, and the rest is answered."""
    tree = scratch / "closed"
    (tree / "b").mkdir(parents=True)
    for name in ("a.pt", "b/x.pt", "c.pt"):
        shutil.copy(FIXTURES / "demo.pt", tree / name)
    (tree / "b").chmod(0)
    more = {}
    if os.geteuid() == 0:
        # Nothing is closed to root.
        more = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        stdout, stderr, status = run("ls", "-r", "--format", "ndjson", "closed",
                                     cwd=scratch, **more)
    except PermissionError as error:
        print(f"  not checked: no other user may run the program: {error}")
        return
    finally:
        (tree / "b").chmod(0o700)
    expect("files", in_order(stdout),
           ["closed/a.pt", "closed/b", "closed/c.pt"])
    expect("words", stderr, b"closed/b: cannot list the directory: "
           b"Permission denied\n")
    expect("status", status, 2)


# ------------------------------------------------------- several at a time

def jobs_do_not_show(scratch):
    """The same bytes on stdout and stderr, together and apart, whatever -j."""
    wide = scratch / "wide"
    for i in range(2 if SANITIZED else 5):
        shutil.copytree(scratch / "tree", wide / str(i), symlinks=True,
                        ignore=shutil.ignore_patterns("pipe.pt"))
    reference = FIXTURES / "demo.json"
    for command in (["ls"], ["ls", "--format", "ndjson", "--sort", "name"],
                    ["info"], ["check", "-m", reference, "--show-ok"],
                    ["check", "-m", reference, "--summary"],
                    ["check", "-m", FIXTURES / "demo.pt", "--allow-extra",
                     "--format", "ndjson"]):
        whole = run(*command, "-r", wide)
        both = subprocess.run(
            [BINARY, *map(str, command), "-r", wide], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT)
        for jobs in ("2", "4", "32"):
            expect(f"{command} -j {jobs}",
                   run(*command, "-j", jobs, "-r", wide), whole)
        again = subprocess.run(
            [BINARY, *map(str, command), "-j3", "-r", wide], check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT)
        expect(f"{command} on one pipe", again.stdout, both.stdout)


def large_checkpoint(scratch):
    path = scratch / "large.pt"
    if not path.exists():
        subprocess.run(
            [sys.executable, SOURCE / "tests" / "bench" / "make_checkpoint.py",
             path, "--tensors", "5000", "--numel", "1"], check=True)
    return path


def peak_of(count, jobs, path):
    """KiB, of `count` files."""
    with subprocess.Popen(
            [BINARY, "ls", "-j", str(jobs), "--files-from", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        process.stdin.write(f"{path}\n".encode() * count)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    expect("status", process.returncode, 0)
    return usage.ru_maxrss


def memory_is_that_of_a_few_files(scratch):
    """Not that of all of them: a file takes about 4 MiB here."""
    path = large_checkpoint(scratch)
    one = peak_of(1, 1, path)
    for jobs, files in ((1, 2), (4, 2 * 4 + 4)):
        many = peak_of(300, jobs, path)
        if many > one * files:
            raise AssertionError(f"-j {jobs}: {many} KiB for 300 files, "
                                 f"{one} KiB for one")


# ------------------------------------------------ caught at work, by a pipe

class AtWork:
    """The program while it waits for somebody to read its output."""

    def __init__(self, arguments, stderr=subprocess.PIPE, ignore=False):
        # What this process was started with is inherited.
        def at_start():
            signal.signal(signal.SIGINT,
                          signal.SIG_IGN if ignore else signal.SIG_DFL)
        self.process = subprocess.Popen(  # pylint: disable=all
            [BINARY, *map(str, arguments)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr, preexec_fn=at_start)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout,
                     self.process.stderr):
            if pipe is not None:
                pipe.close()

    def until(self, what, holds):
        deadline = time.monotonic() + TIMEOUT
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain: {what}")
            if self.process.poll() is not None:
                raise AssertionError(
                    f"{what}: ended with {self.process.returncode}")
            time.sleep(0.01)

    def status(self, key):
        """A line of /proc/PID/status."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        found = re.search(rf"^{key}:\s*(.*)$", text, re.MULTILINE)
        return found and found[1]

    def until_output_is_full(self):
        """The pipe, of 64 KiB less what each write leaves of a page, does not
        get any fuller, and the program sleeps."""
        levels = []

        def full():
            level = fcntl.ioctl(self.process.stdout, termios.FIONREAD, b"\0" * 4)
            levels.append(struct.unpack("i", level)[0])
            return (levels[-1] > 32768 and len(levels) >= 20
                    and len(set(levels[-20:])) == 1
                    and self.status("State")[0] == "S")
        self.until("a full pipe", full)

    def until_interrupt_is_seen(self):
        """The handler is gone: it has run."""
        bit = 1 << (signal.SIGINT - 1)
        self.until("the signal's handler",
                   lambda: not int(self.status("SigCgt"), 16) & bit)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def rest(self):
        """(stdout, stderr, status) to the end."""
        stdout, stderr = self.process.communicate(timeout=TIMEOUT)
        return stdout, stderr, self.process.returncode


def thousand(scratch):
    """A list of 1000 names, of which the fourth part fills any pipe."""
    path = scratch / "thousand"
    path.write_text(f"{FIXTURES / 'demo.pt'}\n" * 1000, "utf-8")
    return path


def interrupted_after_files(scratch):
    """The files at hand are finished, nothing else is said, 130."""
    names = thousand(scratch)
    whole = run("ls", "--format", "ndjson", FIXTURES / "demo.pt")[0]
    for jobs in (1, 3):
        with AtWork(["ls", "-j", jobs, "--format", "ndjson", "--files-from",
                     names]) as work:
            work.until_output_is_full()
            if not SANITIZED:
                expect(f"-j {jobs}: threads", work.status("Threads"),
                       "1" if jobs == 1 else str(jobs + 1))
            work.interrupt()
            work.until_interrupt_is_seen()
            stdout, stderr, status = work.rest()
        expect(f"-j {jobs}: status", status, 130)
        expect(f"-j {jobs}: words", stderr, b"")
        files = len(stdout) // len(whole)
        expect(f"-j {jobs}: whole files", stdout, whole * files)
        if not 1 <= files < 1000:
            raise AssertionError(f"-j {jobs}: {files} files were answered")


def interrupted_twice(scratch):
    """The second one ends it at once."""
    with AtWork(["ls", "-j", "2", "--files-from", thousand(scratch)]) as work:
        work.until_output_is_full()
        work.interrupt()
        work.until_interrupt_is_seen()
        work.interrupt()
        expect("status", work.process.wait(timeout=TIMEOUT), -signal.SIGINT)


def interrupts_may_be_ignored(scratch):
    """By who starts it, as a shell does for a job in the background."""
    with AtWork(["ls", "--files-from", thousand(scratch)],
                ignore=True) as work:
        work.until_output_is_full()
        work.interrupt()
        expect("status", work.rest()[1:], (b"", 0))


def interrupted_while_reading(scratch):
    """A list or a reference that does not end: at once, with nothing said."""
    with AtWork(["ls", "-j", "2", "--files-from", "-"]) as work:
        stop_reading(work)
    with AtWork(["check", "-m", "-", FIXTURES / "demo.pt"]) as work:
        stop_reading(work)
    fifo = scratch / "names"
    os.mkfifo(fifo)
    with AtWork(["ls", "--files-from", fifo]) as work:
        writer = []

        def opened():
            try:
                writer.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
            return writer
        work.until("a reader of the list", opened)
        work.interrupt()
        expect("a FIFO", work.rest(), (b"", b"", 130))
        os.close(writer[0])


def stop_reading(work):
    """Interrupts it once it has read what there is on stdin."""
    pipe = work.process.stdin
    pipe.write(b"fixtures/demo.pt\n")
    pipe.flush()

    def empty():
        return fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4) == b"\0" * 4
    work.until("stdin read", empty)
    work.interrupt()
    status = work.process.wait(timeout=TIMEOUT)
    expect("while reading", (work.process.stdout.read(),
                             work.process.stderr.read(), status),
           (b"", b"", 130))


def closed_pipes_end_the_run(scratch):
    """Without a word, with the status of the files answered so far."""
    for jobs in (1, 4):
        with AtWork(["ls", "-j", jobs, "--files-from",
                     thousand(scratch)]) as work:
            work.until_output_is_full()
            work.process.stdout.close()
            stderr = work.process.stderr.read()
            expect(f"-j {jobs}", (stderr, work.process.wait(timeout=TIMEOUT)),
                   (b"", 0))


# ------------------------------------------------------------------ progress

class Terminal:
    """What is written to a terminal of 50 columns."""

    COLUMNS = 50

    def __enter__(self):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, self.COLUMNS, 0, 0))
        self.text = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def read(self):
        # EIO: nobody has the other end any more.
        with contextlib.suppress(OSError):
            while block := os.read(self.ours, 65536):
                self.text += block

    def __exit__(self, *_):
        os.close(self.theirs)
        self.reader.join()
        os.close(self.ours)


def screen_of(text):
    """(lines that stay on the screen, lines that were shown for a while)."""
    stay, shown = [], []
    for line in text.replace("\r\n", "\n").split("\n"):
        states = line.split("\r")
        if states[-1]:
            stay.append(states[-1])
        shown += [s for s in states[:-1] if s.strip(" ")]
    return stay, shown


def slow_run(names, stderr, *flags):
    """A run that lasts for more than a second: nobody reads its output."""
    with AtWork(["ls", *flags, "--files-from", names], stderr=stderr) as work:
        work.until_output_is_full()
        time.sleep(1.1)
        return work.rest()


def progress_is_for_terminals(scratch):
    """One line, cut and escaped, that is gone in the end."""
    names = scratch / "odd_names"
    odd = scratch / "tree" / ODD
    nul = f"{scratch / 'tree' / 'a' / 'empty.pt'}\0" + f"{odd}\0" * 1000
    names.write_bytes(nul.encode())
    for jobs in ("1", "3"):
        with Terminal() as terminal:
            status = slow_run(names, terminal.theirs, "-0", "-j", jobs)[2]
        expect("status", status, 2)
        stay, shown = screen_of(terminal.text.decode("utf-8"))
        expect("what stays", stay,
               [f"{scratch}/tree/a/empty.pt: is empty; copy or download it "
                "again"])
        if not shown:
            raise AssertionError(f"no progress in {terminal.text!r}")
        for line in shown:
            whole = f"{scratch}/tree/{escaped(ODD)}"
            match = re.fullmatch(r"\[(\d+)/1001\] (.*)", line)
            if (not match or not whole.startswith(match[2])
                    or len(line) >= Terminal.COLUMNS):
                raise AssertionError(f"progress is {line!r}")
    _, stderr, _ = slow_run(names, subprocess.PIPE, "-0")
    expect("lines of a pipe", stderr.count(b"\n"), 1)
    expect("progress of a pipe", (b"\r" in stderr, b"/1001]" in stderr),
           (False, False))


def progress_has_patience(_):
    """None in a run of less than a second, none with -q."""
    demo = FIXTURES / "demo.pt"
    for flags, most in ((["-q"], TIMEOUT), ([], 1)):
        with Terminal() as terminal:
            start = time.monotonic()
            subprocess.run([BINARY, "ls", *flags, *[demo] * 1000], check=True,
                           stdout=subprocess.DEVNULL, timeout=TIMEOUT,
                           stderr=terminal.theirs)
            took = time.monotonic() - start
        if took < most:
            expect(f"a terminal, {flags}", terminal.text, b"")


# ----------------------------------------------------------------------------

def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        scratch.chmod(0o755)  # another user may look in
        (scratch / "tree").mkdir()
        make_tree(scratch / "tree")
        checks = [finds_what_is_there, lists_are_named, unreadable_directories,
                  jobs_do_not_show, interrupted_after_files, interrupted_twice,
                  interrupts_may_be_ignored, closed_pipes_end_the_run, progress_is_for_terminals,
                  progress_has_patience]
        if not SANITIZED:  # they take memory of their own
            checks.append(memory_is_that_of_a_few_files)
        if not KEEPS_SIGNALS:
            checks.append(interrupted_while_reading)
        failed = 0
        for check in checks:
            what = " ".join(check.__doc__.split())
            start = time.monotonic()
            try:
                check(scratch)
                print(f"ok, {time.monotonic() - start:.1f} s: "
                      f"{check.__name__}: {what}")
            except (AssertionError, OSError, ValueError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAILED: {check.__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""How far a run has come, beside its output: ``OUT.journal``, and the lock that keeps a second run away. No scoring.

The journal says which run it belongs to (inputs, model, options that change the output) and what is committed. It is
replaced whole, so that a kill leaves the old one or the new one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import BinaryIO

from stance.errors import UsageError


@dataclass(frozen=True, slots=True)
class Progress:
    """What is committed.

    Attributes:
        items: articles and set-asides taken from the inputs.
        digest: of those items, so that a resumed run knows them again.
        position: of the sink (see :mod:`stance.sinks`); ``None`` where nothing is committed yet.
        errors: bytes of the errors file.
        articles, sentences, set_aside: what the summary counts.
    """

    items: int = 0
    digest: str = ""
    position: int | None = None
    errors: int = 0
    articles: int = 0
    sentences: int = 0
    set_aside: int = 0


class Journal:
    """``OUT.journal``.

    Args:
        out: the run's output.
        run: what must be the same when it is resumed: what it is -> its value, both for a person to read.
    """

    def __init__(self, out: str, run: Mapping[str, str]) -> None:
        self.path = f"{out}.journal"
        self._run = dict(run)

    def begin(self, resume: bool) -> Progress:
        """Where to start: what is committed of the same run, or nothing.

        Raises:
            UsageError: an unfinished run lies here that is not to be resumed, or another run than this one.
        """
        if not os.path.exists(self.path):
            return Progress()
        if not resume:
            raise UsageError(f"{self.path}: an unfinished run; go on with --resume, or remove this file to begin anew")
        try:
            with open(self.path, encoding="utf-8") as file:
                raw = json.load(file)
            run, progress = raw["run"], Progress(**raw["progress"])
            changed = [what for what in {**run, **self._run} if run.get(what) != self._run.get(what)]
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"{self.path}: no journal of a run ({error}); remove it to begin anew") from None
        if changed:
            now, then = (", ".join(f"{what} {side.get(what)}" for what in changed) for side in (self._run, run))
            raise UsageError(f"{self.path}: the run to resume had {then}, this one has {now}; give the same, or remove the file")
        return progress

    def save(self, progress: Progress) -> None:
        """Replace the journal; on return it lasts."""
        temporary = f"{self.path}.tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"run": self._run, "progress": asdict(progress)}, file, ensure_ascii=True, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)

    def remove(self) -> None:
        """The run is finished."""
        with suppress(FileNotFoundError):
            os.unlink(self.path)


@contextmanager
def lock(out: str) -> Iterator[None]:
    """Hold ``OUT.lock``; the system lets go of it when the process ends, however it ends.

    Raises:
        UsageError: another run holds it, or the file cannot be made.
    """
    path = f"{out}.lock"
    try:
        file = _locked(path)
    except BlockingIOError:
        raise UsageError(f"-o {out}: another run is writing it; wait for its end or choose another output") from None
    except OSError as error:
        raise UsageError(f"-o {out}: not writable ({error.strerror}); choose another place") from None
    try:
        yield
    finally:
        with file:
            if sys.platform == "win32":  # there an open file cannot be removed
                file.close()
            with suppress(OSError):
                os.unlink(path)


def _locked(path: str) -> BinaryIO:
    """The open file, locked; made again where its last holder removed it between our opening and locking it."""
    while True:
        file = open(path, "ab")  # noqa: SIM115 - closed when the lock is let go
        try:
            _hold(file.fileno())
            if sys.platform == "win32" or os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                return file
        except FileNotFoundError:
            pass
        except OSError:
            file.close()
            raise
        file.close()


def _hold(descriptor: int) -> None:
    """Lock without waiting; ``BlockingIOError`` where another process holds it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(*error.args) from None
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

# Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0
"""How recorders record: nothing here throws, and nothing happens in a process that is not preloaded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from time import perf_counter
from types import TracebackType
from typing import Any, TypeVar, cast

from .metric import Metric
from .process import log, measuring

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
Self = TypeVar("Self", bound="Timed")


def record(metric: Metric, value: object, labels: Mapping[str, object]) -> None:
    """Records `value`; one that is impossible is dropped and counted, and so is one whose labels cannot be read."""
    try:
        measured = measuring()
        if measured is None:
            return
        try:
            measured.record(metric, cast("float", value), labels)
        except Exception:
            measured.drop(metric.name, "error")
    except Exception as error:  # not even that
        log(f"{metric.name} is not recorded: {error!r}")


def drop(metric: Metric) -> None:
    """Counts a measurement that failed."""
    try:
        measured = measuring()
        if measured is not None:
            measured.drop(metric.name, "error")
    except Exception as error:
        log(f"{metric.name} is not recorded: {error!r}")


class Timed:
    """Something whose clock runs: a `with` or `async with` block, a decorated function, or an answer in pieces.

    A block or function that raises has failed; what it raises is passed on unchanged.
    """

    _began: float | None = None

    def start(self: Self) -> Self:
        """Starts the clock, for an end that is no end of a block: the end must then be told."""
        self._began = perf_counter()
        return self

    def _elapsed(self) -> float:
        return 0.0 if self._began is None else perf_counter() - self._began

    def _take(self) -> float | None:
        """The seconds since the start, once; nothing when the clock does not run."""
        began, self._began = self._began, None
        return None if began is None else perf_counter() - began

    def _end(self, error: BaseException | None) -> None:
        raise NotImplementedError

    def _again(self: Self) -> Self:
        """Another one like this, for another call of a decorated function."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(error)

    async def __aenter__(self: Self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(error)

    def stream(self, pieces: Any) -> Any:
        """Starts the clock and returns `pieces`, an iterable or asynchronous one, which ends it when it ends.

        One that is left before its end has failed: its reader is gone.
        """
        self.start()
        return self._pieces_later(pieces) if isinstance(pieces, AsyncIterable) else self._pieces(pieces)

    def _piece(self) -> None:
        """Called before each piece is passed on."""

    def _pieces(self, pieces: Iterable[T]) -> Iterator[T]:
        with _Told(self):
            for piece in pieces:
                self._piece()
                yield piece

    async def _pieces_later(self, pieces: AsyncIterable[T]) -> AsyncIterator[T]:
        with _Told(self):
            async for piece in pieces:
                self._piece()
                yield piece

    def __call__(self, function: F) -> F:
        """Decorates a function: synchronous, asynchronous, or a generator of either kind."""
        again = self._again
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def streaming(*arguments: Any, **named: Any) -> Any:
                return again().stream(function(*arguments, **named))

            return cast("F", streaming)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def later(*arguments: Any, **named: Any) -> Any:
                with again() as timed:
                    return timed._result(await function(*arguments, **named))

            return cast("F", later)

        @functools.wraps(function)
        def now(*arguments: Any, **named: Any) -> Any:
            with again() as timed:
                return timed._result(function(*arguments, **named))

        return cast("F", now)

    def _result(self, result: T) -> T:
        """Looks at what a decorated function has returned, and returns it."""
        return result


class _Told:
    """Ends a measurement whose clock runs already."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timed._end(error)

"""Interrupts a command at each of its steps in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest

MOST_STEPS = 30


def interrupted_at_each_step(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    functions: Sequence[str],
    command: Callable[[], object],
    after_interrupt: Callable[[int], None],
) -> int:
    """Calls the command until it completes; the n-th call is interrupted at its n-th step. Returns the number of calls.

    Args:
        monkeypatch: replaces the functions.
        module: the module that defines and calls them.
        functions: names of the functions; each call of one is a step.
        command: the command.
        after_interrupt: (number of the call); asserts what must be true after an interrupt.
    """
    steps = 0

    def interrupted(at: int, function: Callable[..., None]) -> Callable[..., None]:
        def run(*args: Any) -> None:
            nonlocal steps
            steps += 1
            if steps == at:
                raise KeyboardInterrupt
            function(*args)

        return run

    for call in range(1, MOST_STEPS):
        steps = 0
        with monkeypatch.context() as patch:
            for name in functions:
                patch.setattr(module, name, interrupted(call, getattr(module, name)))
            try:
                command()
            except KeyboardInterrupt:
                after_interrupt(call)
                continue
            return call
    pytest.fail(f"the command was not complete after {MOST_STEPS} calls")

"""Garbage collections are rare during a run; afterwards the thresholds are restored, however it ends."""

from __future__ import annotations

import gc

import pytest

from nba_assets.runtime.garbage import rare_collections


def test_thresholds_are_raised_and_restored() -> None:
    before = gc.get_threshold()
    with pytest.raises(RuntimeError), rare_collections():
        assert all(now > then for now, then in zip(gc.get_threshold(), before, strict=True))
        raise RuntimeError
    assert gc.get_threshold() == before

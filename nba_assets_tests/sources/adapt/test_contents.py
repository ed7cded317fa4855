"""Results found by the contents of frames: computed once, again for other contents, and only the newest are kept."""

from __future__ import annotations

import pandas as pd

from nba_assets.sources.adapt.contents import by_content


def test_equal_frames_are_computed_once_and_others_again() -> None:
    computed: list[int] = []

    @by_content(most=2)
    def total(first: pd.DataFrame, second: pd.DataFrame) -> int:
        computed.append(int(first["a"].sum() - second["a"].sum()))
        return computed[-1]

    def frame(*values: int) -> pd.DataFrame:
        return pd.DataFrame({"a": list(values)})

    assert [total(frame(1, 2), frame(1)), total(frame(1, 2), frame(1))] == [2, 2]
    assert total(frame(1, 2).set_axis([7, 9]), frame(1)) == 2, "the index does not count"
    assert computed == [2]
    assert total(frame(1), frame(1, 2)) == -2, "the order of the frames counts"
    assert total(frame(2, 1), frame(1)) == 2, "and that of the rows"
    assert computed == [2, -2, 2]
    total(frame(1), frame(1, 2))
    assert len(computed) == 3, "the newest two are kept"
    total(frame(1, 2), frame(1))
    assert len(computed) == 4, "the oldest was given up"
    total(frame(1), frame(1, 2))
    assert len(computed) == 4, "it was used later than the other one"
    assert total(frame(1), frame(2)) == -1, "every frame counts"

"""Resolves player names as printed by a source to NBA.com player ids.

What belongs here: spellings, homonyms and aliases of players. What does not: which players a source may
mention (rosters), and sources that have an id of their own.

A name is looked up in this order; the first step that finds a player decides, even if it finds several:

1. the spelling itself, else its normal form (without accents, punctuation, case, suffix and word order), among players
   whose career covers the season;
2. `player_aliases.csv` (nicknames, legal names, misspellings), among the same players;
3. if the first name is an initial ('G. Antetokounmpo'), all first names with that initial, among the same players: it
   is resolved only if one player of the league matches;
4. 1 and 2 again among players whose career misses the season by one year: injured players are named in seasons that
   they did not play, and NBA.com counts only seasons played.

A printed birth date ('Jaylin Williams (b. 2000-07-26)') shows that the source knows several players of that name. It is
compared with the birth dates of the players found by steps 1 to 4: a player with that date is the match; if all have
another date, the player is unknown; else the name stays ambiguous. Only an alias for the entire text takes precedence.

Nothing is guessed: if more than one player remains, the row has no player, and the reason is recorded.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from nba_assets.basketball.teams import team_tricode

How = Literal["exact", "normalised", "alias"]
Reason = Literal["unknown_name", "ambiguous_name", "not_a_player", "other_birth_date"]

ALIASES_PATH: Final[Path] = Path(__file__).with_name("player_aliases.csv")

CAREER_SLACK_SEASONS: Final[int] = 1
"""Seasons by which a career may miss the season of the row if no player of that season has the name."""

SUFFIXES: Final[frozenset[str]] = frozenset({"jr", "sr", "ii", "iii", "iv", "v"})

# Letters that Unicode does not decompose into a base letter and an accent.
_UNDECOMPOSED: Final[dict[int, str]] = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
)
_DROPPED: Final[re.Pattern[str]] = re.compile(r"['`.\u2018\u2019\u02bc\u00b4]")
_SEPARATORS: Final[re.Pattern[str]] = re.compile(r"[^a-z0-9]+")
_BULLETS: Final[str] = "•·*"
_BULLET: Final[re.Pattern[str]] = re.compile(f"[{re.escape(_BULLETS)}]")
_QUALIFIER: Final[re.Pattern[str]] = re.compile(r"\(([^()]*)\)?")
_BIRTH_DATE: Final[re.Pattern[str]] = re.compile(r"\(b\.\s*\d{4}[^)]*\)")

# Words in name columns that show that the text is no name: team totals of bookmakers, the ailment that Pro Sports
# Transactions sometimes prints in place of the player, and column headers repeated as rows.
_NOT_A_NAME: Final[frozenset[str]] = frozenset(
    {"alternate", "total", "totals", "team", "pick", "playername"}
    | {"injury", "illness", "sore", "sprained", "strained", "bruised", "fractured", "surgery"}
    | {"protocol", "protocols", "dtd", "placed", "activated", "returned", "lineup"}
)
_NOT_A_NAME_CHARACTERS: Final[re.Pattern[str]] = re.compile(r"[\d+<>=]")


def _tokens(name: str) -> list[str]:
    """Words of a name in lower case ASCII, with adjacent initials joined ('P. J. Tucker' gives pj, tucker)."""
    # Apostrophes are removed first: NFKC turns a spacing accent used as an apostrophe into a space.
    undotted = unicodedata.normalize("NFKC", _DROPPED.sub("", name)).casefold()
    decomposed = unicodedata.normalize("NFKD", undotted).translate(_UNDECOMPOSED)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    tokens: list[str] = []
    is_initials = False
    for word in _SEPARATORS.sub(" ", plain).split():
        if len(word) == 1 and is_initials:
            tokens[-1] += word
        else:
            tokens.append(word)
            is_initials = len(word) == 1
    return tokens


def _split_suffix(name: str) -> tuple[str, str]:
    """Normal form of a name and its suffix ('' if it has none)."""
    tokens = _tokens(name)
    suffix = ""
    # The first word is never a suffix ('J.R. Smith'), nor is one of only two words ('Smith JR', 'Wembanyama V.').
    for position in range(len(tokens) - 1, 0, -1):
        if tokens[position] in SUFFIXES and len(tokens) > 2:
            suffix = tokens.pop(position)
            break
    return " ".join(sorted(tokens)), suffix


def _abbreviated(name: str) -> str:
    """Normal form of a name with its first name reduced to the initial: 'Goga Bitadze' gives that of 'G. Bitadze'."""
    first, *others = _tokens(name) or [" "]
    return _split_suffix(" ".join([first[0], *others]))[0]


def _is_abbreviated(name: str) -> bool:
    """Whether a name consists of a single initial and a family name, in either order."""
    words = _split_suffix(name)[0].split()
    return len(words) > 1 and sum(len(word) == 1 for word in words) == 1


def normalise_name(names: pd.Series) -> pd.Series:
    """Normal form of player names: equal for all spellings of a name.

    Lower case ASCII words in alphabetical order without accents, punctuation, bullets and generational suffix:
    'Jokić, Nikola', '• Nikola Jokic' and 'Jokic Nikola' all give 'jokic nikola'.

    Returns a `string` series with the index and name of `names`; NA stays NA.
    """
    normal = {name: _split_suffix(str(name))[0] for name in names.dropna().unique()}
    return names.map(normal).astype("string")


def search_key(names: pd.Series) -> pd.Series:
    """Search keys of names: the words in lower case ASCII, in their order, without accents and punctuation.

    'Luka Dončić' gives 'luka doncic', 'P.J. Tucker' gives 'pj tucker', 'Jaren Jackson Jr.' gives 'jaren jackson jr'.
    Returns a `string` series with the index and name of `names`; NA stays NA.
    """
    keys = {name: " ".join(_tokens(str(name))) for name in names.dropna().unique()}
    return names.map(keys).astype("string")


def split_names(cell: str) -> list[str]:
    """The entries of a cell that lists several, each after a bullet ('• A• B' gives A and B)."""
    return [entry for part in _BULLET.split(cell) if (entry := " ".join(part.split()))]


def name_variants(name: str) -> list[str]:
    """Spellings in one printed name, likeliest first: 'A / B' gives A and B, 'A (B)' gives A, and B if it is a name.

    Text in brackets is a name only if it has at least two words; a middle name, a birth date or a team
    ('Ed Davis (Adam)', 'Trendon Watford (Por)') is dropped.
    """
    variants: list[str] = []
    for part in _BULLET.sub(" ", name).split("/"):
        bracketed = [text for text in _QUALIFIER.findall(part) if len(_tokens(text)) > 1]
        for variant in [_QUALIFIER.sub(" ", part), *bracketed]:
            cleaned = " ".join(variant.split())
            if cleaned and not _NOT_A_NAME_CHARACTERS.search(cleaned) and cleaned not in variants:
                variants.append(cleaned)
    return variants


def has_birth_date(names: pd.Series) -> pd.Series:
    """Whether a name is printed with a birth date, which shows that the source knows several players of that name."""
    return names.str.contains(_BIRTH_DATE.pattern, regex=True).fillna(False).astype(bool)


def birth_dates(printed: pd.Series) -> pd.Series:
    """Birth dates as printed in players_bio, 1968-06-24T00:00:00 or July 31, 1997; NaT for any other text."""
    iso = pd.to_datetime(printed.str[:10], format="%Y-%m-%d", errors="coerce")
    long = pd.to_datetime(printed, format="%B %d, %Y", errors="coerce")
    return iso.fillna(long).astype("datetime64[ns]")


def read_aliases(path: Path = ALIASES_PATH) -> pd.DataFrame:
    """The alias table: alias (as printed), player_id (NBA.com, Int64), evidence (why the alias is that player)."""
    return pd.read_csv(path, dtype={"alias": "string", "player_id": "Int64", "evidence": "string"})


_Career = tuple[int | None, int | None]
"""Start years of a player's first and last season, None if unknown."""


@dataclass(frozen=True)
class _Entry:
    """One spelling of one player, with the start years of his first and last season (None if unknown)."""

    player_id: int
    spelling: str
    suffix: str
    first_season: int | None
    last_season: int | None

    def covers(self, season_start: int | None, slack: int) -> bool:
        if season_start is None:
            return True
        is_begun = self.first_season is None or self.first_season - slack <= season_start
        is_over = self.last_season is not None and season_start > self.last_season + slack
        return is_begun and not is_over


@dataclass(frozen=True)
class _Match:
    """Candidates for a name: one player if it is resolved, several if it is ambiguous, none if `reason` says why."""

    player_ids: frozenset[int] = field(default_factory=frozenset)
    how: How | None = None
    reason: Reason | None = None


class PlayerNames:
    """Resolves printed names to NBA.com player ids.

    Args:
        players: one row per player and spelling: player_id (int), name, first_season, last_season (start years of the
            player's first and last season, NULL if unknown), optionally birth_date.
        aliases: see `read_aliases`, which is the default.

    Raises:
        ValueError: columns are missing, or an alias is of a player who is not in `players`.
    """

    def __init__(self, players: pd.DataFrame, aliases: pd.DataFrame | None = None) -> None:
        missing = {"player_id", "name", "first_season", "last_season"} - set(players.columns)
        if missing:
            raise ValueError(f"players frame: columns {sorted(missing)} are missing, found {sorted(players.columns)}")
        self._names: dict[str, list[_Entry]] = defaultdict(list)
        self._initials: dict[str, list[_Entry]] = defaultdict(list)
        self._aliases: dict[str, list[_Entry]] = defaultdict(list)
        known = players.dropna(subset=["player_id", "name"])
        spans = known.groupby(known["player_id"].astype("int64")).agg(
            first=("first_season", "min"), last=("last_season", "max")
        )
        self._births: dict[int, date] = {}
        if "birth_date" in known:
            born = known.dropna(subset=["birth_date"]).drop_duplicates("player_id")
            self._births = dict(zip(born["player_id"].astype("int64"), born["birth_date"].dt.date, strict=True))
        careers: dict[int, _Career] = {
            int(player_id): (None if pd.isna(first) else int(first), None if pd.isna(last) else int(last))
            for player_id, first, last in spans.itertuples()
        }
        for player_id, name in zip(known["player_id"].astype("int64"), known["name"].astype(str), strict=True):
            entry = self._entry(int(player_id), name, careers[player_id])
            self._names[_split_suffix(name)[0]].append(entry)
            self._initials[_abbreviated(name)].append(entry)

        table = read_aliases() if aliases is None else aliases
        strangers = sorted(set(table["player_id"].astype("int64")) - set(careers))
        if strangers:
            raise ValueError(f"player_aliases: player ids {strangers} are not in the players frame")
        for alias, player_id in zip(table["alias"].astype(str), table["player_id"].astype("int64"), strict=True):
            self._aliases[_split_suffix(alias)[0]].append(self._entry(int(player_id), alias, careers[player_id]))

    @staticmethod
    def _entry(player_id: int, spelling: str, career: _Career) -> _Entry:
        return _Entry(player_id, unicodedata.normalize("NFC", spelling), _split_suffix(spelling)[1], *career)

    def resolve(
        self,
        names: pd.Series,
        season_start: pd.Series | int | None = None,
        *,
        groups: pd.Series | None = None,
        candidates: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Players of printed names.

        Args:
            names: text as printed.
            season_start: start year of the season in which the name was printed (one, or one per row, aligned by
                index); without it, careers are not used to distinguish homonyms.
            groups: one label per row, aligned by index; only together with `candidates`.
            candidates: group, player_id: the players who may appear in a group, for instance everyone recently on
                either team of an event. They decide between several players of a name, and never add a player whose
                name differs.

        Returns:
            With the index of `names`: player_id (Int64), how ('exact', 'normalised', 'alias', NA), reason (NA if
            resolved, else 'unknown_name', 'ambiguous_name', 'not_a_player', 'other_birth_date'). A match by initial
            counts as 'normalised'.

        Raises:
            ValueError: only one of `groups` and `candidates` is given.
        """
        if (groups is None) != (candidates is None):
            raise ValueError("resolve: groups and candidates come together or not at all")
        seasons = (
            season_start.reindex(names.index).astype("Int64")
            if isinstance(season_start, pd.Series)
            else pd.Series(season_start, index=names.index, dtype="Int64")
        )
        asked = pd.DataFrame({"name": names.astype("string"), "season": seasons})
        asked["group"] = pd.NA if groups is None else groups.reindex(names.index)
        allowed: dict[object, set[int]] = {}
        if candidates is not None:
            allowed = {
                group: set(ids.astype("int64")) for group, ids in candidates.groupby("group", sort=False)["player_id"]
            }

        found: dict[tuple[str | None, int | None], _Match] = {}
        codes = pd.DataFrame({column: pd.factorize(asked[column], use_na_sentinel=False)[0] for column in asked})
        number = codes.groupby(list(codes.columns), sort=False).ngroup()
        unique = asked[~number.duplicated().to_numpy()]
        rows: list[tuple[int | None, How | None, Reason | None]] = []
        for name, season, group in zip(unique["name"], unique["season"], unique["group"], strict=True):
            key = (None if pd.isna(name) else str(name), None if pd.isna(season) else int(season))
            if key not in found:
                found[key] = self._match(*key)
            match = found[key]
            player_ids, reason = match.player_ids, match.reason
            if reason == "ambiguous_name" and not pd.isna(group):
                player_ids = player_ids & allowed.get(group, set())
                reason = None if len(player_ids) == 1 else reason
            rows.append((next(iter(player_ids)), match.how, None) if reason is None else (None, None, reason))

        answers = pd.DataFrame(rows, columns=["player_id", "how", "reason"]).astype(
            {"player_id": "Int64", "how": "string", "reason": "string"}
        )
        return answers.iloc[number.to_numpy()].set_axis(names.index)

    def _match(self, name: str | None, season_start: int | None) -> _Match:
        if name is None:
            return _Match(reason="not_a_player")
        entries = split_names(name)
        if len(entries) > 1:
            return _Match(reason="ambiguous_name")
        variants = name_variants(name)
        printed_birth_date = _BIRTH_DATE.search(name)
        for slack in (0, CAREER_SLACK_SEASONS):
            whole = self._look_up(self._aliases, entries, season_start, slack, is_literal=True)
            if len(whole) == 1:
                return _Match(frozenset(whole), "alias")
            # A text with characters that names lack ('Sim Guard 017') is a name if a player has exactly that one.
            spelt = self._look_up(self._names, variants or entries, season_start, slack, is_literal=not variants)
            aliased = {} if spelt else self._look_up(self._aliases, variants, season_start, slack)
            found = spelt or aliased
            if not found and slack == 0:
                abbreviated = [variant for variant in variants if _is_abbreviated(variant)]
                found = self._look_up(self._initials, abbreviated, season_start, slack)
            if found:
                how: How = "alias" if aliased else "exact" if any(found.values()) else "normalised"
                if printed_birth_date:
                    return self._born_on(printed_birth_date[0].strip("(b.) "), frozenset(found), how)
                return _Match(frozenset(found), how, None if len(found) == 1 else "ambiguous_name")
        return _Match(reason="not_a_player" if _is_not_a_player(name) else "unknown_name")

    def _born_on(self, printed: str, player_ids: frozenset[int], how: How) -> _Match:
        """The players of a name who may have the printed birth date."""
        try:
            birth = date.fromisoformat(printed)
        except ValueError:
            return _Match(player_ids, how, "ambiguous_name")
        same = frozenset(player for player in player_ids if self._births.get(player) == birth)
        if len(same) == 1:
            return _Match(same, how)
        # A player with another birth date is ruled out; one without a known birth date is not.
        undated = frozenset(player for player in player_ids if player not in self._births)
        return _Match(same or undated, how, "ambiguous_name" if same or undated else "other_birth_date")

    @staticmethod
    def _look_up(
        index: dict[str, list[_Entry]],
        spellings: Iterable[str],
        season_start: int | None,
        slack: int,
        *,
        is_literal: bool = False,
    ) -> dict[int, bool]:
        """Players with one of the spellings -> whether the spelling matches exactly."""
        found: dict[int, bool] = {}
        for spelling in spellings:
            normal, suffix = _split_suffix(spelling)
            literal = unicodedata.normalize("NFC", spelling)
            matching = [entry for entry in index.get(normal, ()) if entry.covers(season_start, slack)]
            if is_literal:
                matching = [entry for entry in matching if entry.spelling == literal]
            elif suffix:
                # Bookmakers add 'Jr.' where NBA.com has no suffix and omit it where it has one, but two different
                # suffixes are two people.
                same = [entry for entry in matching if entry.suffix == suffix]
                matching = same or [entry for entry in matching if not entry.suffix]
            for entry in matching:
                found[entry.player_id] = found.get(entry.player_id, False) or entry.spelling == literal
        return found


def _is_not_a_player(name: str) -> bool:
    """Whether a text that matches no known player is not a name at all."""
    text = _BIRTH_DATE.sub(" ", name)
    return (
        not _tokens(text)
        or bool(_NOT_A_NAME_CHARACTERS.search(text))
        or not _NOT_A_NAME.isdisjoint(_tokens(text))
        or team_tricode(_BULLET.sub(" ", text)) is not None
    )

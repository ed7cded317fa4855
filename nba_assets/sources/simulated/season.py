"""One season of the simulated league, from opening night to the Finals, as frames that the writer turns into files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from nba_assets.basketball.teams import TRICODES
from nba_assets.sources.simulated import quotes as market
from nba_assets.sources.simulated.box import box_of
from nba_assets.sources.simulated.calendar import IS_EAST, REGULAR_DAYS, TEAMS, SeasonDates, regular_season
from nba_assets.sources.simulated.injury_reports import statuses
from nba_assets.sources.simulated.league import Bools, Floats, Ints, League, Rosters
from nba_assets.sources.simulated.scores import (
    QUANTILES,
    Slate,
    Truth,
    expected_margins,
    expected_points,
    expected_totals,
    members_of,
    play,
    sides_of,
    truth_of,
)

SEASON_DAYS: Final = 262
PLAY_IN_DAY, PLAYOFFS_DAY = REGULAR_DAYS + 1, REGULAR_DAYS + 5
ROUND_DAYS: Final = (PLAYOFFS_DAY, PLAYOFFS_DAY + 16, PLAYOFFS_DAY + 31, PLAYOFFS_DAY + 47)
"""Days after opening night on which the rounds of the playoffs begin."""
HOME_GAMES: Final = (True, True, False, False, True, False, True)
WINS: Final = 4
POSTPONED_DAYS: Final = (70, 100)
NEUTRAL_DAYS: Final = (80, 100)
TYPE_DIGIT: Final = {"regular": 2, "playoffs": 4, "play_in": 5, "cup_final": 6}
LISTED_OUT_SHARE: Final = 0.42
STATUSES: Final = ("played", "DNP - Coach's Decision", "DND - Injury/Illness", "NWT - Not With Team")
NOT_WITH_TEAM_SHARE: Final = 0.04
TIP_OFFS: Final = {-5.0: (19.0, 19.5), -6.0: (20.0, 19.0), -7.0: (21.0, 19.0), -8.0: (22.0, 22.5)}
"""US Eastern hours at which teams of a time zone play at home in the evening."""


@dataclass
class Season:
    """The results of a season.

    games: game_id, season_type, day, planned_day, home, away, tip_hour, is_neutral, overtimes, points of each side.
    players: one row per listed player and game: game, side, member, player, team, is_starter, status, counts.
    zones_made, zones_missed: by row of `players`, in the order of box.ZONES.
    truth: one row per player who played.
    quotes, lines: the bookmakers' quotes and lines, by index of the game (and of the player).
    moves: day, team, player, is_out, notes: moves on and off the injured list.
    statuses: what the injury reports say, see injury_reports.statuses; with game and side.
    """

    dates: SeasonDates
    rosters: Rosters
    games: pd.DataFrame
    players: pd.DataFrame
    zones_made: Ints
    zones_missed: Ints
    truth: pd.DataFrame
    quotes: pd.DataFrame
    lines: pd.DataFrame
    moves: pd.DataFrame
    statuses: pd.DataFrame


@dataclass
class _DaysPlayed:
    """The days on which each team has played so far, without the Cup final."""

    days: list[list[int]] = field(default_factory=lambda: [[] for _ in range(TEAMS)])


class SeasonMaker:
    """Plays a season: regular season and Cup final in one pass, then the playoff series day by day."""

    def __init__(self, league: League, year: int, seed: int) -> None:
        self.league = league
        self.year = year
        self.dates = SeasonDates(year)
        self.streams = {
            name: np.random.default_rng([seed, year, number])
            for number, name in enumerate(
                ("rosters", "calendar", "games", "truth", "box", "market", "listing", "moves", "reports")
            )
        }
        self.rosters = league.rosters(self.streams["rosters"], SEASON_DAYS)
        self.played = _DaysPlayed()
        self.games: list[pd.DataFrame] = []
        self.players: list[pd.DataFrame] = []
        self.made: list[Ints] = []
        self.missed: list[Ints] = []
        self.truth: list[pd.DataFrame] = []
        self.quotes: list[pd.DataFrame] = []
        self.lines: list[pd.DataFrame] = []
        self.statuses: list[pd.DataFrame] = []
        self.count = 0

    def season(self) -> Season:
        games = self._regular_games()
        margins = self._play(games)
        wins = self._wins(games, margins)
        if self.dates.cup_final is not None:
            self._play(self._cup_final(games, margins))
        self._postseason(wins)
        all_games = pd.concat(self.games, ignore_index=True)
        moves = self._moves(all_games)
        return Season(
            dates=self.dates,
            rosters=self.rosters,
            games=all_games,
            players=pd.concat(self.players, ignore_index=True),
            zones_made=np.concatenate(self.made),
            zones_missed=np.concatenate(self.missed),
            truth=pd.concat(self.truth, ignore_index=True),
            quotes=pd.concat(self.quotes, ignore_index=True),
            lines=pd.concat(self.lines, ignore_index=True),
            moves=moves,
            statuses=pd.concat(self.statuses, ignore_index=True),
        )

    # --- games -------------------------------------------------------------------------------------------------

    def _regular_games(self) -> pd.DataFrame:
        rng = self.streams["calendar"]
        day, home, away = regular_season(self.dates, rng)
        games = pd.DataFrame({"season_type": "regular", "day": day, "planned_day": day, "home": home, "away": away})
        games["game_id"] = [self._game_id("regular", number) for number in range(1, len(games) + 1)]
        games["is_neutral"] = False
        neutral = rng.choice(np.flatnonzero(games["day"].between(*NEUTRAL_DAYS)))
        games.loc[neutral, "is_neutral"] = True
        games = self._postponed(games, rng)
        games = games.sort_values(["day", "game_id"], kind="stable", ignore_index=True)
        games["tip_hour"] = self._tip_hours(games, rng)
        return games

    def _postponed(self, games: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Moves one game to a later day; neither team plays on that day, the day before or the day after."""
        options = np.flatnonzero(games["day"].between(*POSTPONED_DAYS) & ~games["is_neutral"])
        closed = {self.dates.offset(day) for day in self.dates.without_games}
        for game in rng.permutation(options).tolist():
            row = games.iloc[game]
            of_teams = games[games[["home", "away"]].isin([row["home"], row["away"]]).any(axis=1)]
            busy = {int(day) + n for day in of_teams["day"] for n in (-1, 0, 1)}
            free = [day for day in range(int(row["day"]) + 5, REGULAR_DAYS - 8) if day not in busy | closed]
            if free:
                games.loc[game, "day"] = free[0]
                return games
        raise RuntimeError(f"{self.year}: no game can be postponed; no day is free for both teams of any of them.")

    def _tip_hours(self, games: pd.DataFrame, rng: np.random.Generator) -> Floats:
        """US Eastern hours: evenings by the home team's time zone, some Sunday afternoons."""
        zones = np.array([_UTC_OFFSETS[team] for team in TRICODES])[games["home"]]
        evening = np.array([TIP_OFFS[zone] for zone in zones])
        hours = evening[np.arange(len(games)), (rng.random(len(games)) < 0.3).astype(int)]
        weekday = np.array([self.dates.day(day).weekday() for day in games["planned_day"]])
        draw = rng.random(len(games))
        hours = np.where((weekday == 6) & (draw < 0.28), 15.5, hours)
        hours = np.where((weekday == 6) & (draw >= 0.28) & (draw < 0.55), 18.0, hours)
        return np.where((weekday == 5) & (draw < 0.12), 17.0, hours)

    def _game_id(self, kind: str, number: int) -> str:
        return f"00{TYPE_DIGIT[kind]}{self.year % 100:02d}{number:05d}"

    def _wins(self, games: pd.DataFrame, margins: Ints) -> Floats:
        """Wins by team; point difference breaks ties."""
        winner = np.where(margins > 0, games["home"], games["away"])
        wins = np.bincount(winner, minlength=TEAMS).astype(np.float64)
        difference = np.bincount(games["home"], margins, TEAMS) - np.bincount(games["away"], margins, TEAMS)
        return wins + difference / 1e5

    def _cup_final(self, games: pd.DataFrame, margins: Ints) -> pd.DataFrame:
        """The Cup final: the best team of each conference so far, at a neutral site."""
        assert self.dates.cup_final is not None
        day = self.dates.offset(self.dates.cup_final)
        before = (games["day"] < day).to_numpy()
        wins = self._wins(games[before], margins[before])
        one, other = (int(np.argmax(np.where(of_conference, wins, -1))) for of_conference in (IS_EAST, ~IS_EAST))
        return self._made_games("cup_final", [(day, one, other, 1)], is_neutral=True)

    def _made_games(self, kind: str, games: list[tuple[int, int, int, int]], is_neutral: bool = False) -> pd.DataFrame:
        """Games of (day, home, away, number in the game id)."""
        day, home, away, number = (np.array(values) for values in zip(*games, strict=True))
        found = pd.DataFrame({"season_type": kind, "day": day, "planned_day": day, "home": home, "away": away})
        found["game_id"] = [self._game_id(kind, int(each)) for each in number]
        found["is_neutral"] = is_neutral
        found = found.sort_values(["day", "game_id"], kind="stable", ignore_index=True)
        found["tip_hour"] = np.where(found.groupby("day").cumcount() % 2 == 0, 19.5, 22.0)
        return found

    def _play(self, games: pd.DataFrame) -> Ints:
        """Plays the games, stores their results and returns the home margins."""
        slate = self._slate(games)
        sides = sides_of(self.league, self.rosters, slate, self.streams["games"], is_morning=False)
        scores = play(sides, self.streams["games"])
        box = box_of(scores, self.league, self.rosters, self.streams["box"])
        rng = self.streams["listing"]
        is_listed = ~sides.is_listed_out | (rng.random(sides.is_listed_out.shape) < LISTED_OUT_SHARE)
        status = np.where(scores.played, 0, np.where(sides.is_listed_out, 2, 1))
        status = np.where((status == 2) & (rng.random(status.shape) < NOT_WITH_TEAM_SHARE), 3, status)
        row, place = np.nonzero(is_listed)
        players = {
            "game": self.count + row // 2,
            "side": row % 2,
            "team": sides.team[row],
            "player": self.rosters.members[sides.member[row, place]],
            "is_starter": place < 5,
            "status": status[row, place],
        }
        players |= {name: values[row, place] for name, values in box.counts.items()}
        self.players.append(pd.DataFrame(players))
        self.made.append(box.made[row, place])
        self.missed.append(box.missed[row, place])
        self._keep_truth(truth_of(scores, self.streams["truth"]), sides.team, sides.member, sides.rate)
        self._quote(slate, sides.team)
        self._report(slate)
        points = scores.points.sum(axis=1).reshape(-1, 2)
        self.games.append(games.assign(overtimes=scores.overtimes, home_points=points[:, 0], away_points=points[:, 1]))
        margin, total = expected_margins(sides), expected_totals(sides)
        lines = market.game_lines(self.streams["market"], margin, total)
        self.lines.append(pd.DataFrame(lines.__dict__).assign(game=self.count + np.arange(len(games))))
        self.count += len(games)
        margins: Ints = points[:, 0] - points[:, 1]
        return margins

    def _slate(self, games: pd.DataFrame) -> Slate:
        """The games with each team's game number and rest."""
        played = self.played
        teams = games[["home", "away"]].to_numpy()
        number = np.empty_like(teams)
        is_tired = np.zeros(teams.shape, dtype=bool)
        is_extra = (games["season_type"] == "cup_final").tolist()
        for row, (day, pair) in enumerate(zip(games["day"].tolist(), teams.tolist(), strict=True)):
            for side, team in enumerate(pair):
                if is_extra[row]:
                    # The Cup final is in the middle of a season already played: use the next game's form and absences.
                    number[row, side] = np.searchsorted(played.days[team], day)
                    is_tired[row, side] = day - 1 in played.days[team]
                    continue
                number[row, side] = len(played.days[team])
                is_tired[row, side] = played.days[team][-1:] == [day - 1]
                played.days[team].append(day)
        return Slate(
            day=games["day"].to_numpy(),
            teams=teams,
            game_number=number,
            is_tired=is_tired,
            is_neutral=games["is_neutral"].to_numpy(),
        )

    def _keep_truth(self, truth: Truth, team: Ints, member: Ints, rate: Floats) -> None:
        player = self.rosters.members[member[truth.row, truth.place]]
        frame = {
            "game": self.count + truth.row // 2,
            "player": player,
            "team": team[truth.row],
            "ability": rate[truth.row, truth.place],
            "expected_minutes": truth.expected_minutes,
            "mean": truth.mean,
            "sd": truth.sd,
        }
        frame |= {f"p{round(100 * share):02d}": truth.quantiles[:, n] for n, share in enumerate(QUANTILES)}
        frame |= {
            "prob_zero": truth.prob_zero,
            "prob_below_actual": truth.prob_below,
            "prob_at_actual": truth.prob_at,
            "expected_absolute_error": truth.absolute_error,
            "crps": truth.crps,
        }
        self.truth.append(pd.DataFrame(frame))

    def _report(self, slate: Slate) -> None:
        members, is_out = members_of(self.rosters, slate, is_morning=False)
        number, is_tired = slate.game_number.reshape(-1), slate.is_tired.reshape(-1)
        said = statuses(self.rosters, members, is_out, number, is_tired, self.streams["reports"])
        row = said.pop("row")
        self.statuses.append(said.assign(game=self.count + row // 2, side=row % 2))

    def _quote(self, slate: Slate, team: Ints) -> None:
        rng = self.streams["market"]
        morning = sides_of(self.league, self.rosters, slate, rng, is_morning=True)
        minutes, points = expected_points(morning, rng)
        row, place = np.nonzero(morning.is_available)
        found = market.player_quotes(rng, row // 2, morning.member[row, place], minutes[row, place], points[row, place])
        self.quotes.append(
            pd.DataFrame(
                {
                    "game": self.count + found.game,
                    "player": self.rosters.members[found.member],
                    "book": found.book,
                    "line": found.line,
                    "over": found.over,
                    "under": found.under,
                }
            )
        )

    # --- after the regular season ------------------------------------------------------------------------------

    def _postseason(self, wins: Floats) -> None:
        seeds = [np.flatnonzero(of)[np.argsort(-wins[of], kind="stable")].tolist() for of in (IS_EAST, ~IS_EAST)]
        first = []
        for conference, seed in enumerate(seeds):
            day = PLAY_IN_DAY + conference
            first += [(day, seed[6], seed[7], 101 + 20 * conference), (day, seed[8], seed[9], 111 + 20 * conference)]
        games = self._made_games("play_in", first)
        winner, loser = self._winners(games)
        last = []
        for conference, seed in enumerate(seeds):
            seed[6] = winner[101 + 20 * conference]
            pair = (loser[101 + 20 * conference], winner[111 + 20 * conference])
            last.append((PLAY_IN_DAY + 3, *pair, 201 + 10 * conference))
        winner, _ = self._winners(self._made_games("play_in", last))
        series = []
        for conference, seed in enumerate(seeds):
            seed[7] = winner[201 + 10 * conference]
            series += [(seed[high], seed[low]) for high, low in ((0, 7), (3, 4), (2, 5), (1, 6))]
        place = {team: rank for rank, team in enumerate(np.argsort(-wins, kind="stable").tolist())}
        for number, day in enumerate(ROUND_DAYS, start=1):
            champions = self._round(number, day, series)
            pairs = list(zip(champions[::2], champions[1::2], strict=False))
            series = [(min(pair, key=place.__getitem__), max(pair, key=place.__getitem__)) for pair in pairs]

    def _winners(self, games: pd.DataFrame) -> tuple[dict[int, int], dict[int, int]]:
        margins = self._play(games)
        number = games["game_id"].str[5:].astype(int)
        winner = np.where(margins > 0, games["home"], games["away"])
        loser = np.where(margins > 0, games["away"], games["home"])
        return dict(zip(number, winner.tolist(), strict=True)), dict(zip(number, loser.tolist(), strict=True))

    def _round(self, number: int, first_day: int, series: list[tuple[int, int]]) -> list[int]:
        """Winners of the best-of-seven series of a round: a game every second day, half of the series a day later."""
        wins = np.zeros((len(series), 2), dtype=np.int64)
        gap = 3 if len(series) == 1 else 2
        for step, is_first_home in enumerate(HOME_GAMES):
            open_ = np.flatnonzero(wins.max(axis=1) < WINS)
            if not len(open_):
                break
            games = []
            for place in open_.tolist():
                pair = series[place] if is_first_home else series[place][::-1]
                games.append((first_day + place % 2 + gap * step, *pair, 100 * number + 10 * place + step + 1))
            frame = self._made_games("playoffs", games)
            margins = self._play(frame)
            places = (frame["game_id"].str[8].astype(int)).to_numpy()
            won_by_first = (margins > 0) == is_first_home
            wins[places, np.where(won_by_first, 0, 1)] += 1
        return [pair[int(np.argmax(won))] for pair, won in zip(series, wins, strict=True)]

    # --- moves on and off the injured list ---------------------------------------------------------------------

    def _moves(self, games: pd.DataFrame) -> pd.DataFrame:
        """Transactions that announce absences and returns: day, team, player, is_out, notes."""
        rng = self.streams["moves"]
        rosters = self.rosters
        size = max(len(days) for days in self.played.days)
        team_days = np.full((TEAMS, size), SEASON_DAYS + 99)
        for number, days in enumerate(self.played.days):
            team_days[number, : len(days)] = days
        first_team, last_team = rosters.team[:, 0], rosters.team[:, -1]
        traded_on = np.where(
            first_team == last_team, SEASON_DAYS + 99, (rosters.team == first_team[:, None]).sum(axis=1)
        )
        is_old = team_days[first_team] < traded_on[:, None]
        day = np.where(is_old, team_days[first_team], team_days[last_team])
        team = np.where(is_old, first_team[:, None], last_team[:, None])
        is_game = day < SEASON_DAYS
        is_out = rosters.is_out[:, :size] & is_game
        before = np.zeros_like(is_out)
        before[:, 1:] = is_out[:, :-1]
        member, start = np.nonzero(is_out & ~before)
        after = np.zeros_like(is_out)
        after[:, :-1] = is_out[:, 1:]
        _, end = np.nonzero(is_out & ~after)
        length = end - start + 1
        is_told = rng.random(len(member)) < np.select([length == 1, length == 2], [0.5, 0.7], 0.97)
        member, start, end, length = member[is_told], start[is_told], end[is_told], length[is_told]
        ailment = np.array(AILMENTS)[rng.integers(len(AILMENTS), size=len(member))]
        is_listed = (length >= 4) | (rng.random(len(member)) < 0.3)
        is_long = length >= 12
        notes = np.where(is_listed, "placed on IL with " + ailment, ailment + " (DTD)")
        notes = np.where(is_long, ailment + " (out indefinitely)", notes)
        out = pd.DataFrame(
            {
                "day": day[member, start],
                "team": team[member, start],
                "player": rosters.members[member],
                "is_out": True,
                "notes": notes,
            }
        )
        back = np.minimum(end + 1, size - 1)
        is_back = (end + 1 < size) & is_game[member, back]
        is_back &= is_listed | is_long | (rng.random(len(member)) < 0.6)
        returned = pd.DataFrame(
            {
                "day": day[member, back],
                "team": team[member, back],
                "player": rosters.members[member],
                "is_out": False,
                "notes": np.where(is_listed | is_long, "activated from IL", "returned to lineup"),
            }
        )[is_back]
        found = pd.concat([out, returned], ignore_index=True)
        return self._with_every_busy_day(found, games, is_out, day, team)

    def _with_every_busy_day(
        self, moves: pd.DataFrame, games: pd.DataFrame, is_out: Bools, day: Ints, team: Ints
    ) -> pd.DataFrame:
        """Adds a move of a player who is out on each day with many games and no move."""
        counts = games["day"].value_counts()
        silent = sorted(set(counts.index[counts >= 5]) - set(moves["day"]))
        more = []
        for each in silent:
            member, place = np.nonzero(is_out & (day == each))
            if len(member):
                player = int(self.rosters.members[member[0]])
                more.append((each, int(team[member[0], place[0]]), player, True, "knee injury (out indefinitely)"))
        extra = pd.DataFrame(more, columns=moves.columns)
        found = pd.concat([moves, extra], ignore_index=True) if more else moves
        return found.sort_values(["day", "team", "player", "is_out"], kind="stable", ignore_index=True)


AILMENTS: Final = (
    *("illness", "sprained right ankle", "sprained left ankle", "knee injury", "sore right knee", "sore left knee"),
    *("back injury", "sore lower back", "strained left hamstring", "strained right hamstring", "bruised left knee"),
    *("right calf injury", "left hip injury", "shoulder injury", "concussion", "toe injury", "sore right foot"),
)


_CENTRAL = ("CHI", "DAL", "HOU", "MEM", "MIL", "MIN", "NOP", "OKC", "SAS")
_MOUNTAIN = ("DEN", "PHX", "UTA")
_PACIFIC = ("GSW", "LAC", "LAL", "POR", "SAC")
_UTC_OFFSETS = (
    dict.fromkeys(TRICODES, -5.0)
    | dict.fromkeys(_CENTRAL, -6.0)
    | dict.fromkeys(_MOUNTAIN, -7.0)
    | dict.fromkeys(_PACIFIC, -8.0)
)

"""An independent implementation of the precompute tables: a loop over box scores and shots in plain Python.

It counts game by game, from the raw tables alone, and shares no code with the set-based one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from statistics import mean, stdev
from typing import Any

import pandas as pd

from nba_assets import load_table

Row = dict[str, Any]
COUNTED = {"regular", "play_in", "playoffs", "cup_final"}
ZONES = ("paint", "mid_range", "three")


def rows_of(table: str, columns: Iterable[str], last: date) -> list[Row]:
    frame = load_table(table, "2021-10-19", last, columns=list(columns)).astype(object)
    frame = frame.where(frame.notna(), None)
    frame["game_date"] = [day.date() for day in pd.to_datetime(frame["game_date"])]
    return frame.to_dict("records")


def season_of(day: date) -> int:
    return day.year if day.month >= 7 else day.year - 1


class Books:
    """Box scores and shots as rows, up to a day."""

    def __init__(self, last: date) -> None:
        box = "field_goals_attempted free_throws_attempted free_throws_made threes_attempted threes_made turnovers"
        names = ["game_date", "game_id", "player_id", "team", "season_type", "status", "seconds_played", "points"]
        players = rows_of("player_boxscores", [*names, *box.split()], last)
        self.played = defaultdict(list)
        self.side_players = defaultdict(list)
        for row in players:
            if row["season_type"] in COUNTED and row["status"] == "played":
                self.played[row["player_id"]].append(row)
                self.side_players[row["game_id"], row["team"]].append(row)
        names = ["game_date", "game_id", "team", "opponent", "season_type", "minutes", "points", "offensive_rebounds"]
        self.teams: dict[str, list[Row]] = defaultdict(list)
        self.side: dict[tuple[str, str], Row] = {}
        for row in rows_of("team_boxscores", [*names, *box.split()], last):
            if row["season_type"] in COUNTED:
                self.teams[row["team"]].append(row)
                self.side[row["game_id"], row["team"]] = row
        self.shots = defaultdict(list)
        for row in rows_of("shots", ["game_date", "game_id", "player_id", "team", "zone", "is_made"], last):
            self.shots[row["game_id"]].append(row)

    def games(self, player: int, day: date, days: int = 400) -> list[Row]:
        """The player's games before the day, newest first."""
        found = [row for row in self.played[player] if day - timedelta(days=days) <= row["game_date"] < day]
        return sorted(found, key=lambda row: (row["game_date"], row["game_id"]), reverse=True)

    def team_games(self, team: str, day: date) -> list[Row]:
        found = [row for row in self.teams[team] if day - timedelta(days=400) <= row["game_date"] < day]
        return sorted(found, key=lambda row: (row["game_date"], row["game_id"]), reverse=True)

    def plays(self, row: Row) -> float:
        return row["field_goals_attempted"] + 0.44 * row["free_throws_attempted"] + row["turnovers"]

    def length(self, row: Row) -> float:
        """Minutes of the five players of a team: 240, plus 25 per overtime."""
        return 240 + 25 * round((row["minutes"] - 240) / 25)

    def pace(self, row: Row) -> float:
        both = [row, self.side[row["game_id"], row["opponent"]]]
        possessions = [self.plays(side) - side["offensive_rebounds"] for side in both]
        return 48 * (sum(possessions) / 2) / (self.length(row) / 5)

    def form(self, player: int, day: date) -> Row:
        """Columns of player_daily_cache that depend on his box scores only."""
        games = self.games(player, day)
        points, minutes = [row["points"] for row in games], [row["seconds_played"] / 60 for row in games]
        season = [row for row in games if season_of(row["game_date"]) == season_of(day)]
        prior = [row for row in self.games(player, day, 730) if season_of(row["game_date"]) == season_of(day) - 1]
        weights = [0.5 ** (back / 8) for back in range(min(len(games), 40))]
        weighted = {
            name: sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights)
            for name, values in (("points", points), ("minutes", minutes))
        }
        season_of_games = [
            ((day - row["game_date"]).days, row["points"], row["seconds_played"] / 60) for row in games[:82]
        ]
        fresh = [0.5 ** (age / 10) for age, _, _ in season_of_games]
        slow = [(0.5 ** (age / 100), scored, long) for age, scored, long in season_of_games]
        decayed_rate = (25.2 + sum(w * scored for w, scored, _ in slow)) / (60 + sum(w * long for w, _, long in slow))
        ten = games[:10]
        attempts = sum(row["field_goals_attempted"] for row in ten)
        free = sum(row["free_throws_attempted"] for row in ten)
        trend = (sum(points[:3]) - sum(points[3:6])) / 3 / 5 if len(points) >= 6 else None
        return {
            "points_last_game": points[0],
            "points_avg_last_3": mean(points[:3]),
            "points_avg_last_5": mean(points[:5]),
            "points_avg_last_10": mean(points[:10]),
            "points_avg_last_20": mean(points[:20]),
            "points_std_last_10": stdev(points[:10]) if len(points) > 1 else None,
            "points_avg_season": mean(row["points"] for row in season) if season else None,
            "points_ewma": weighted["points"],
            "minutes_ewma": weighted["minutes"],
            "minutes_decayed": sum(w * row[2] for w, row in zip(fresh, season_of_games, strict=True)) / sum(fresh),
            "points_per_minute_decayed": decayed_rate,
            "minutes_last_game": minutes[0],
            "minutes_avg_last_5": mean(minutes[:5]),
            "minutes_avg_last_10": mean(minutes[:10]),
            "points_per_minute_last_10": sum(points[:10]) / sum(minutes[:10]) if sum(minutes[:10]) else None,
            "ts_pct_last_10": sum(points[:10]) / (2 * (attempts + 0.44 * free)) if attempts + free else None,
            "three_rate_last_10": sum(row["threes_attempted"] for row in ten) / attempts if attempts else None,
            "free_throw_points_share_last_10": (
                sum(row["free_throws_made"] for row in ten) / sum(points[:10]) if sum(points[:10]) else None
            ),
            "recent_trend": None if trend is None else max(-2.0, min(2.0, trend)),
            "games_played_season": len(season),
            "games_used_400_days": len(games),
            "points_avg_prior_season": mean(row["points"] for row in prior) if prior else None,
            "games_prior_season": len(prior) if season_of(day) > 2021 else None,
            "usage_rate_last_10": self.usage(ten),
        }

    def lineup(self, player: int, day: date, members: list[Row]) -> Row:
        """Minutes and rate in his team's games by how like tonight's their lineups were.

        Args:
            members: player_id, team, projected_minutes, injury_status of everybody who is on a roster on the day.
        """
        plays = {"available": 0.95, "missed_last": 0.67, "missed_games": 0.4, "injured_list": 0.18}
        team = next(row["team"] for row in members if row["player_id"] == player)
        expected = {
            row["player_id"]: (round(60 * row["projected_minutes"]), plays[row["injury_status"]])
            for row in members
            if row["team"] == team and not pd.isna(row["projected_minutes"])
        }
        roster = {row["player_id"] for row in members if row["team"] == team}
        games = []
        for back, game in enumerate(
            [g for g in self.team_games(team, day) if self.side_players[g["game_id"], team]][:60]
        ):
            then = {row["player_id"]: row for row in self.side_players[game["game_id"], team]}
            if player in then:
                distance = sum(
                    seconds * ((1 - chance) if other in then else chance)
                    for other, (seconds, chance) in expected.items()
                )
                distance += sum(row["seconds_played"] for other, row in then.items() if other not in roster)
                games.append((back, round(100 * distance), then[player]["seconds_played"], then[player]["points"]))
        if not games:
            return {"minutes_similar_lineup": None, "points_per_minute_similar_lineup": None}
        nearest = min(distance for _, distance, _, _ in games)
        usual = [0.5 ** (back / 40) for back, _, _, _ in games]
        alike = [
            weight * 0.5 ** ((distance - nearest) // 6000 / 40)
            for weight, (_, distance, _, _) in zip(usual, games, strict=True)
        ]

        def total(weights: list[float], column: int) -> float:
            return sum(weight * game[column] for weight, game in zip(weights, games, strict=True))

        rate = (total(usual, 3) + 25.2) / (total(usual, 2) / 60 + 60)
        mean_seconds = total(usual, 2) / sum(usual)
        return {
            "minutes_similar_lineup": (total(alike, 2) + 2 * mean_seconds) / (sum(alike) + 2) / 60,
            "points_per_minute_similar_lineup": (total(alike, 3) + 60 * rate) / (total(alike, 2) / 60 + 60),
        }

    def usage(self, games: list[Row]) -> float | None:
        """Usage of several games, weighted by playing time."""
        shares = []
        for row in games:
            side = self.side[row["game_id"], row["team"]]
            if row["seconds_played"]:
                minutes = row["seconds_played"] / 60
                usage = 100 * self.plays(row) * (self.length(side) / 5) / (minutes * self.plays(side))
                shares.append((usage, row["seconds_played"]))
        return sum(u * s for u, s in shares) / sum(s for _, s in shares) if shares else None

    def team_form(self, team: str, day: date) -> Row:
        """Pace and rating of the team's last 10 games."""
        games = self.team_games(team, day)[:10]
        possessions = sum(self.plays(row) - row["offensive_rebounds"] for row in games)
        return {
            "team_pace_last_10": mean(self.pace(row) for row in games),
            "team_offensive_rating_last_10": 100 * sum(row["points"] for row in games) / possessions,
        }

    def fatigue(self, player: int, day: date, age: float | None) -> float:
        days = [row["game_date"] for row in self.games(player, day)]
        week = [row for row in self.games(player, day) if row["game_date"] >= day - timedelta(days=7)]
        rest = (day - days[0]).days - 1 if days else None
        score = 100.0
        if rest == 0:
            score -= 15
        elif rest is not None and rest >= 3:
            score += 5
        minutes = [row["seconds_played"] / 60 for row in week]
        score -= 10 * (len(week) >= 4) + 10 * (sum(minutes) > 240) + 8 * (bool(minutes) and mean(minutes) > 35)
        seconds = [d for d in days if d >= day - timedelta(days=14) and d - timedelta(days=1) in days]
        score -= 12 if len(seconds) >= 2 else 5 * len(seconds)
        if age is not None:
            score -= 10 if age >= 35 else 5 if age >= 30 else 0
        return max(0.0, min(100.0, score))

    def zone_counts(self, shots: list[Row]) -> dict[str, tuple[int, int]]:
        """(attempts, makes) by zone."""
        return {
            zone: (
                sum(shot["zone"] == zone for shot in shots),
                sum(shot["zone"] == zone and shot["is_made"] for shot in shots),
            )
            for zone in ZONES
        }

    def profile(self, player: int, day: date, games: int = 10) -> Row:
        """His shares of shots by zone over the last games."""
        window = self.games(player, day)[:games]
        with_shots = [row for row in window if self.shots.get(row["game_id"])]
        found: Row = {f"zone_games_last_{games}": len(with_shots)}
        own = [s for row in with_shots for s in self.shots[row["game_id"]] if s["player_id"] == player]
        counts = self.zone_counts(own)
        total = sum(attempts for attempts, _ in counts.values())
        for zone in ("paint", "mid_range"):
            known = len(with_shots) >= 5 and total
            found[f"{zone}_rate_last_{games}"] = counts[zone][0] / total if known else None
        attempts = sum(row["field_goals_attempted"] for row in window)
        found[f"three_rate_last_{games}"] = sum(r["threes_attempted"] for r in window) / attempts if attempts else None
        return found

    def defense(self, team: str, day: date) -> Row:
        """Counts by zone, points and possessions allowed by the team in its last 15 games."""
        window = self.team_games(team, day)[:15]
        shots = [s for row in window for s in self.shots.get(row["game_id"], []) if s["team"] != team]
        others = [self.side[row["game_id"], row["opponent"]] for row in window]
        return {
            "games": len(window),
            "season_games": sum(season_of(row["game_date"]) == season_of(day) for row in window),
            "zone_games": sum(bool(self.shots.get(row["game_id"])) for row in window),
            "counts": self.zone_counts(shots)
            | {"three": (sum(o["threes_attempted"] for o in others), sum(o["threes_made"] for o in others))},
            "points": sum(o["points"] for o in others),
            "possessions": sum(self.plays(o) - o["offensive_rebounds"] for o in others),
            "pace": mean(self.pace(row) for row in window) if window else None,
        }

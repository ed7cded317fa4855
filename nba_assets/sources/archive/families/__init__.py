"""The families of the archive: their files, columns and types.

To add a family, declare it in one of these modules and register its adapter, or name it in the inputs of a raw table.
"""

from nba_assets.sources.archive.families import box_scores, games, injuries, lines, people, props, shots
from nba_assets.sources.protocol import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for module in (box_scores, games, injuries, lines, people, props, shots)
    for family in module.FAMILIES
}

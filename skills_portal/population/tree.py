"""The unit trees of a population: departments, their organisations and everything below these.

Units are counted in tens of thousands at most, so that plain Python may name them.
"""

from dataclasses import dataclass

import numpy as np
from django.utils.text import slugify

from skills_portal.population.facts import apportion

TEAM_SIZE = 12
UNITS_IN_A_UNIT = 6
KINDS = ("team", "branch", "division", "directorate", "group", "command")
SUBJECTS = (
    "Casework,Customer Contact,Inspections,Payments,Licensing,Field Operations,Policy,Compliance,"
    "Correspondence,Appeals,Analysis,Finance,Commercial,Estates,People,Legal Support,Enquiries,"
    "Planning,Investigations,Programmes,Communications,Risk and Audit,Private Office,Strategy"
).split(",")
DIGITAL_SUBJECTS = (
    "Digital Services,Platforms,Data,Technology Operations,User-centred Design,Architecture"
).split(",")


@dataclass
class Tree:
    """Units, parents first: what each is and how many people are posted in the unit itself.

    `organisation` is a position in the list of organisations, -1 for a department above
    several; `is_team` marks the units at the bottom.
    """

    parent: np.ndarray
    size: np.ndarray
    organisation: np.ndarray
    is_team: np.ndarray
    depth: np.ndarray
    names: list
    slugs: list
    paths: list


def grow(listed, sizes, digital, rng):
    """The tree of every organisation that has people."""
    parents, unit_sizes, owners, teams, depths = [], [], [], [], []
    names, slugs, paths = [], [], []

    def add(*, name, slug, parent, size, owner, is_team):
        parents.append(parent)
        unit_sizes.append(size)
        owners.append(owner)
        teams.append(is_team)
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
        names.append(name)
        slugs.append(slug)
        paths.append((paths[parent] if parent >= 0 else "") + slug + "/")
        return len(names) - 1

    def grow_one(owner, above, size):
        organisation = listed[owner]
        levels = [max(1, round(size / TEAM_SIZE))]
        while levels[-1] > UNITS_IN_A_UNIT:
            levels.append(-(-levels[-1] // UNITS_IN_A_UNIT))
        if levels[0] == 1:
            levels = []  # a handful of people is one unit
        heads = sum(levels[1:]) + 1
        last = [
            add(
                name=organisation.name,
                slug=organisation.slug,
                parent=above,
                size=1 if levels else size,
                owner=owner,
                is_team=not levels,
            )
        ]
        if not levels:
            return
        staff = size - heads
        weights = rng.uniform(0.5, 1.5, levels[0])
        team_sizes = 1 + apportion(weights, staff - levels[0])
        digital_teams = np.searchsorted(np.cumsum(team_sizes), digital[owner])
        for height in range(len(levels) - 1, -1, -1):
            made = []
            kind = KINDS[min(height, len(KINDS) - 1)]
            for number in range(levels[height]):
                first_team = number * levels[0] // levels[height]
                subjects = DIGITAL_SUBJECTS if first_team < digital_teams else SUBJECTS
                made.append(
                    add(
                        name=f"{subjects[number % len(subjects)]} {kind} {number + 1}",
                        slug=f"{organisation.slug}-{kind}-{number + 1}"
                        if height < len(KINDS)
                        else f"{organisation.slug}-{kind}-{height}-{number + 1}",
                        parent=last[number * len(last) // levels[height]],
                        size=int(team_sizes[number]) if height == 0 else 1,
                        owner=owner,
                        is_team=height == 0,
                    )
                )
            last = made

    owners_of = {}
    for position, organisation in enumerate(listed):
        if sizes[position]:
            owners_of.setdefault(organisation.parent, []).append(position)
    for parent, members in owners_of.items():
        left = {member: int(sizes[member]) for member in members}
        above = -1
        if len(members) > 1:
            largest = max(members, key=left.get)
            if left[largest] > 1:
                left[largest] -= 1  # the head of the department
                above = add(
                    name=parent,
                    slug=f"{slugify(parent)[:60]}-department",
                    parent=-1,
                    size=1,
                    owner=-1,
                    is_team=False,
                )
        for member in members:
            grow_one(member, above, left[member])
    return Tree(
        parent=np.array(parents),
        size=np.array(unit_sizes),
        organisation=np.array(owners),
        is_team=np.array(teams),
        depth=np.array(depths),
        names=names,
        slugs=slugs,
        paths=paths,
    )

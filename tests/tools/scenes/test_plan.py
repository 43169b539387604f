"""Plans: what may stand where, and in which looks."""

from random import Random

from tools.scenes.catalogue import CARRIED, KINDS
from tools.scenes.plan import MOST_GROUPS, Group, Plan, make_plan

PLANS = [make_plan(Random(seed)) for seed in range(600)]


def every_group() -> list[Group]:
    groups = [group for plan in PLANS for group in plan.groups]
    return groups + [one for group in groups for one in (group.held, group.carried) if one]


def test_plans_hardly_repeat() -> None:
    def key(plan: Plan) -> str:
        groups = [(one.kind.name, one.count, one.look.colour) for one in plan.groups]
        return repr((plan.place.name, plan.air.phrases, groups))

    assert len({key(plan) for plan in PLANS}) > 0.97 * len(PLANS)


def test_groups_stand_in_rows_that_admit_them() -> None:
    for plan in PLANS:
        for group in plan.groups:
            assert group.kind.name in plan.place.rows[group.row].kinds


def test_a_scene_holds_no_kind_twice_and_few_groups() -> None:
    for plan in PLANS:
        names = [group.kind.name for group in plan.groups]
        names += [group.carried.kind.name for group in plan.groups if group.carried]
        assert len(set(names)) == len(names)
        assert 1 <= len(plan.groups) <= MOST_GROUPS


def test_counts_colours_and_poses_are_the_kinds_own() -> None:
    for group in every_group():
        assert 1 <= group.count <= group.kind.most or group.count == 1
        assert group.look.colour in (group.kind.colours or ("",))
        if not group.kind.person:
            assert group.look.pose in group.kind.poses


def test_weather_suits_the_place() -> None:
    for plan in PLANS:
        if plan.place.weathers:
            assert plan.air.weather in plan.place.weathers


def test_nobody_runs_indoors() -> None:
    indoors = [group for plan in PLANS if plan.place.indoors for group in plan.groups]
    assert indoors
    assert all(group.look.pose != "run" for group in indoors)


def test_only_a_single_person_holds_something() -> None:
    holders = [group for group in every_group() if group.held]
    assert holders
    assert all(one.kind.person and one.count == 1 and one.look.pose == "hold" for one in holders)


def test_what_is_carried_suits_its_bearer() -> None:
    bearers = [group for group in every_group() if group.carried]
    assert bearers
    for one in bearers:
        assert one.carried is not None
        assert one.carried.kind.name in CARRIED[one.kind.name]


def test_counts_from_one_to_four_occur() -> None:
    assert {group.count for group in every_group()} == {1, 2, 3, 4}


def test_nearly_every_kind_occurs() -> None:
    seen = {group.kind.name for group in every_group()}
    assert len(seen) > 0.9 * len(KINDS)

"""Samples: the same for everybody who has the seed, exact in their chances, and never more than was asked for."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from grants.domain.errors import Invalid
from grants.domain.samples import (
    SEED_LENGTH,
    Draw,
    Item,
    Pick,
    Population,
    Sample,
    SampleMethod,
    parse_sample,
    seeded,
    seeded_for,
)

RANDOM, MONETARY, TOP = SampleMethod
AMOUNTS = st.lists(st.integers(-50, 400) | st.integers(0, 10**12), max_size=40)
SIZES = st.integers(1, 50)
SEEDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.-]{0,59}", fullmatch=True)


def items(amounts: list[int]) -> list[Item]:
    return [Item(f"line:{number // 7 + 1}:{number}", pence) for number, pence in enumerate(amounts)]


def drawn(sample: Sample, population: list[Item], batch: int = 3) -> Draw:
    draw = Draw(sample)
    batches = [population[start : start + batch] for start in range(0, len(population), batch)]
    for each in batches:
        draw.count(each)
    for each in batches if draw.needs_another_pass else []:
        draw.hit(each)
    return draw


def picks(sample: Sample, population: list[Item], batch: int = 3) -> list[Pick]:
    return drawn(sample, population, batch).picks()


@given(AMOUNTS, SIZES, SEEDS, st.randoms(use_true_random=False), st.integers(1, 50))
def test_a_random_sample_is_the_first_items_in_the_order_of_their_hashes(amounts, size, seed, random, batch) -> None:  # type: ignore[no-untyped-def]
    population = items(amounts)
    ranked = {hashlib.sha256(f"{seed}:{item.key}".encode()).hexdigest(): item for item in population}
    expected = [(rank, ranked[rank]) for rank in sorted(ranked)[:size]]
    shuffled = random.sample(population, len(population))
    for order, by in ((population, 3), (shuffled, batch)):
        found = picks(Sample(RANDOM, size, seed), order, by)
        assert [(pick.rank, pick.item) for pick in found] == expected
        assert {pick.chance for pick in found} <= {min(size, len(population)) / max(len(population), 1)}


@given(AMOUNTS, SIZES, st.integers(1, 50))
def test_the_largest_amounts_come_first_and_the_earlier_of_two_that_are_the_same(
    amounts: list[int], size: int, batch: int
) -> None:
    population = items(amounts)
    expected = sorted(population, key=lambda item: -item.pence)[:size]  # stable
    assert [pick.item for pick in picks(Sample(TOP, size, "a"), population, batch)] == expected


@given(AMOUNTS, SIZES, SEEDS, st.integers(1, 50))
def test_a_monetary_unit_sample_has_its_hits_where_the_formula_says(
    amounts: list[int], size: int, seed: str, batch: int
) -> None:
    population = items(amounts)
    total = sum(pence for pence in amounts if pence > 0)
    draw = drawn(Sample(MONETARY, size, seed), population, batch)
    found = draw.picks()
    if not total:
        assert found == []
        return
    start = int(hashlib.sha256(f"{seed}:start".encode()).hexdigest(), 16) % total
    assert draw.offset == start
    expected: Counter[Item] = Counter()
    for number in range(size):  # each hit by itself, looked up penny by penny
        left = (number * total + start) // size
        for item in population:
            if item.pence > 0:
                if left < item.pence:
                    expected[item] += 1
                    break
                left -= item.pence
    assert {pick.item: pick.hits for pick in found} == expected
    assert sum(pick.hits or 0 for pick in found) == size
    assert [pick.item for pick in found] == [item for item in population if item in expected]
    for pick in found:
        assert pick.before is not None
        assert pick.first_hit is not None
        assert pick.chance is not None
        assert pick.before < pick.first_hit <= pick.before + pick.item.pence
        assert pick.chance == min(1, pick.item.pence * size / total)
    certain = {item for item in population if item.pence * size >= total > 0 and item.pence > 0}
    assert certain <= set(expected)


@dataclass
class From(Draw):
    """A draw whose start is given."""

    start: int = 0

    @property
    def offset(self) -> int:
        return self.start


@given(st.lists(st.integers(-5, 12), min_size=1, max_size=8), st.integers(1, 6))
def test_over_all_starts_each_penny_is_hit_equally_often(amounts: list[int], size: int) -> None:
    population = items(amounts)
    total = sum(pence for pence in amounts if pence > 0)
    hits: Counter[Item] = Counter()
    for start in range(total):
        draw = From(Sample(MONETARY, size), start=start)
        draw.count(population)
        draw.hit(population)
        hits.update({pick.item: pick.hits or 0 for pick in draw.picks()})
    assert hits == {item: item.pence * size for item in population if item.pence > 0}


@given(AMOUNTS)
def test_the_tally_knows_credits_and_zeros(amounts: list[int]) -> None:
    tally = drawn(Sample(RANDOM, 1, "a"), items(amounts)).tally
    assert (tally.items, tally.pence) == (len(amounts), sum(amounts))
    below, above = [pence for pence in amounts if pence < 0], [pence for pence in amounts if pence > 0]
    assert (tally.credits, tally.credit_pence, tally.zeros) == (len(below), sum(below), amounts.count(0))
    assert (tally.debits, tally.debit_pence) == (len(above), sum(above))


@given(AMOUNTS, st.integers(1, 30), SEEDS)
def test_a_larger_random_sample_goes_on_where_the_smaller_ended(amounts: list[int], size: int, seed: str) -> None:
    smaller, larger = (
        [pick.item for pick in picks(Sample(RANDOM, each, seed), items(amounts))] for each in (size, size + 5)
    )
    assert larger[:size] == smaller


def test_a_known_sample() -> None:
    """What `printf %s 'seed-1:line:1:7' | sha256sum` says, sorted: anybody can draw it again."""
    population = [Item(f"line:1:{row}", row * 100) for row in range(1, 11)]
    found = picks(Sample(RANDOM, 3, "seed-1"), population)
    assert [(pick.item.key, (pick.rank or "")[:8]) for pick in found] == [
        ("line:1:7", "1bfcc832"),
        ("line:1:8", "26646d41"),
        ("line:1:3", "3ae56289"),
    ]


@given(SEEDS | st.none(), st.sampled_from(["2025-26-Q2", "2025-10-27", "place-12-34"]))
def test_each_period_has_a_seed_of_its_own_that_can_be_kept(seed: str | None, place: str) -> None:
    found = seeded_for(Sample(seed=seed), place).seed
    assert found is not None
    assert found.endswith(place)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", found)
    assert len(found) <= SEED_LENGTH


def test_a_seed_is_kept_or_drawn() -> None:
    given_one = Sample(TOP, 3, "mine", Population.AWARDS)
    assert seeded(given_one) == given_one
    seeds = {seeded(None).seed for _ in range(20)}
    assert len(seeds) == 20
    assert replace(seeded(None), seed=None) == Sample()


def test_what_is_typed_at_the_command_line() -> None:
    assert parse_sample("monetary:60") == Sample(MONETARY, 60)
    assert parse_sample("top:10:payments:a-1.b") == Sample(TOP, 10, "a-1.b", Population.PAYMENTS)
    for wrong in ("", "some:3", "random:0", "random:10001", "random:3:trees", "random:3:lines:", "random:3:lines:a b"):
        with pytest.raises(Invalid):
            parse_sample(wrong)

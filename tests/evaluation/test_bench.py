import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.dataset import DatasetImage, build_dataset
from firs.evaluation.evaluation_set import EncoderDescription, EvaluationSet, bench_of_vectors
from firs.evaluation.ranks import ranks_in
from tests.evaluation.benches import small_bench, small_dataset


def test_a_bench_of_some_queries() -> None:
    dataset = small_dataset()
    bench = bench_of_vectors(dataset, np.array([4, 7]))
    assert bench.groups.tolist() == bench.relevant.place.tolist() == [1, 2]
    assert bench.queries.shape == (2, 16)
    assert bench.encoder == EncoderDescription("vectors", 16)


def test_joined_captions_stand_for_their_images() -> None:
    bench = small_bench(joining=1)
    assert bench.expansion_owners.tolist() == list(range(60))
    assert len(bench.asked) == 120


def test_a_data_set_without_vectors_needs_an_encoder() -> None:
    with pytest.raises(InputError, match="comes without vectors; name an encoder"):
        bench_of_vectors(build_dataset("one", [DatasetImage("a", ("b",))]), np.array([0]))


def test_a_caption_cannot_join_and_be_asked() -> None:
    with pytest.raises(InputError, match="cannot be asked as well"):
        bench_of_vectors(small_dataset(), np.array([0, 1]), np.array([1, 2]))


def test_vectors_of_two_encoders_do_not_mix() -> None:
    bench = small_bench()
    with pytest.raises(InputError, match="16 dimensions and the queries' 8"):
        EvaluationSet(bench.dataset, bench.encoder, bench.images, bench.asked,
              bench.queries[:, :8], bench.relevant)  # fmt: skip


def test_queries_that_begin_at_some_ranks() -> None:
    bench = small_bench()
    late = bench.with_initial_rank_between(3, 10)
    ranks = ranks_in(late.queries @ late.images.T, late.relevant).first
    assert 0 < len(late.asked) < len(bench.asked)
    assert ranks.min() >= 3
    assert ranks.max() <= 10
    assert late.groups.tolist() == late.relevant.place.tolist()


def test_where_none_begins_there() -> None:
    with pytest.raises(InputError, match="No query begins from rank 60 to 60"):
        small_bench().only(np.array([0])).with_initial_rank_between(60, 60)

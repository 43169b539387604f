import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import DatasetImage, build_dataset
from firs.evaluation.evaluation_set import (
    EncoderDescription,
    EvaluationSet,
    evaluation_set_from_vectors,
)
from firs.evaluation.measures import ranks_in
from tests.evaluation.benches import small_bench, small_dataset


def test_a_bench_of_some_queries() -> None:
    dataset = small_dataset()
    evaluation_set = evaluation_set_from_vectors(dataset, np.array([4, 7]))
    assert evaluation_set.groups.tolist() == evaluation_set.relevant.image.tolist() == [1, 2]
    assert evaluation_set.queries.shape == (2, 16)
    assert evaluation_set.encoder == EncoderDescription("vectors", 16)


def test_joined_captions_stand_for_their_images() -> None:
    evaluation_set = small_bench(indexed_captions=1)
    assert evaluation_set.indexed_owners.tolist() == list(range(60))
    assert len(evaluation_set.query_captions) == 120


def test_a_data_set_without_vectors_needs_an_encoder() -> None:
    with pytest.raises(InputError, match="comes without vectors; name an encoder"):
        evaluation_set_from_vectors(
            build_dataset("one", [DatasetImage("a", ("b",))]), np.array([0])
        )


def test_a_caption_cannot_join_and_be_asked() -> None:
    with pytest.raises(InputError, match="cannot be a query as well"):
        evaluation_set_from_vectors(small_dataset(), np.array([0, 1]), np.array([1, 2]))


def test_vectors_of_two_encoders_do_not_mix() -> None:
    evaluation_set = small_bench()
    with pytest.raises(InputError, match="16 dimensions and the queries' 8"):
        EvaluationSet(
            evaluation_set.dataset,
            evaluation_set.encoder,
            evaluation_set.images,
            evaluation_set.query_captions,
            evaluation_set.queries[:, :8],
            evaluation_set.relevant,
        )


def test_queries_that_begin_at_some_ranks() -> None:
    evaluation_set = small_bench()
    late = evaluation_set.with_initial_rank_between(3, 10)
    ranks = ranks_in(late.queries @ late.images.T, late.relevant).first
    assert 0 < len(late.query_captions) < len(evaluation_set.query_captions)
    assert ranks.min() >= 3
    assert ranks.max() <= 10
    assert late.groups.tolist() == late.relevant.image.tolist()


def test_where_none_begins_there() -> None:
    with pytest.raises(InputError, match="No query has an initial rank from 60 to 60"):
        small_bench().only(np.array([0])).with_initial_rank_between(60, 60)

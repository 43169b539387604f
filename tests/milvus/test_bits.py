import json

import numpy as np

from firs.milvus.index_kinds import Bits, bit_fields
from firs.milvus.schema import MOST_FOUND, vector_fields
from tests.search.test_shortlist import DIM, units

IMAGES, TEXTS = units(300, 1), units(50, 2)


def test_they_are_stored_as_json_and_are_the_same() -> None:
    bits = Bits.train("some", IMAGES, TEXTS)
    again = Bits.of("some", json.loads(json.dumps(bits.to_json())))
    np.testing.assert_array_equal(bits.of_queries(TEXTS), again.of_queries(TEXTS))
    assert (again.name, again.least) == ("some", bits.least)


def test_the_rows_of_bits_are_those_of_vectors_but_for_the_vector() -> None:
    bits = Bits.train("some", IMAGES, TEXTS)
    rows = [{"id": at, "path": "a", "vector": vector} for at, vector in enumerate(IMAGES[:3])]
    made = bits.rows(rows)
    assert [(each["id"], each["path"]) for each in made] == [(0, "a"), (1, "a"), (2, "a")]
    [field] = [each for each in bit_fields(vector_fields(DIM), DIM) if each.name == "vector"]
    assert field.kind == "BINARY_VECTOR"
    assert {8 * len(each["vector"]) for each in made} == {field.dim}
    assert made[0]["vector"] == bits.hashed.codes(IMAGES[:1]).tobytes()
    assert bits.rows([]) == []


def test_more_are_rescored_for_more_results() -> None:
    bits = Bits.train("some", IMAGES, TEXTS)
    wanted = [bits.candidates(count) for count in (10, 1_000, MOST_FOUND)]
    assert wanted == [bits.least + 40, bits.least + 4_000, MOST_FOUND]

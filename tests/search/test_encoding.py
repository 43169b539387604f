import numpy as np
import pytest

from firs.query import like, text
from firs.search.base import Balance, encode_terms
from tests.search.spaces import coloured, id_of, square


def test_vectors_in_the_order_of_the_terms() -> None:
    space = coloured()
    query = text("red") - like(square("navy")) + text("green") + like(id_of("blue"))
    terms = encode_terms(query.terms, space)
    names = ["red", "green"]
    expected = space.encoder.encode_texts(names)
    np.testing.assert_array_equal(terms[0].vector, expected[0])
    np.testing.assert_array_equal(terms[1].vector, space.images.vector(id_of("navy")))
    np.testing.assert_array_equal(terms[2].vector, expected[1])
    np.testing.assert_array_equal(terms[3].vector, space.images.vector(id_of("blue")))
    assert [term.source for term in terms[:2]] == ['fake: "red"', "fake: a picture"]


def test_texts_alone_need_no_picture_and_pictures_no_text() -> None:
    assert [term.is_image for term in encode_terms(text("red").terms, coloured())] == [False]
    assert [term.is_image for term in encode_terms(like(10).terms, coloured())] == [True]


def test_how_much_a_term_counts() -> None:
    terms = encode_terms((2 * text("a") - text("b") + like(10) - 3 * like(20)).terms, coloured())
    weights = [Balance(example=0.5, against=0.1).weight(term) for term in terms]
    assert weights == pytest.approx([2, -0.1, 0.5, -0.15])

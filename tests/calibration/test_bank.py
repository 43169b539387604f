from firs.calibration.defaults import COUNT, everyday


def test_many_different_texts_the_same_everywhere() -> None:
    texts = everyday()
    assert len(texts) == len(set(texts)) == COUNT


def test_a_word_or_two_and_whole_captions() -> None:
    lengths = [len(text.split()) for text in everyday()]
    assert sum(length <= 2 for length in lengths) > 100
    assert sum(length >= 6 for length in lengths) > 1_000


def test_they_read_like_captions() -> None:
    for text in everyday():
        assert text == text.strip().lower()
        assert "\t" not in text
        assert "  " not in text

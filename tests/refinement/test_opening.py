from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.calibration.defaults import everyday
from firs.collection import Collection
from firs.errors import InputError, RefinementError
from firs.refinement import Settings
from firs.refinement.captioners import Bank, OpenAiCaptioner, open_captioner
from firs.refinement.transformers_captioner import DEFAULT, TransformersCaptioner
from tests.fakes import FakeEncoder
from tests.imaging.making import plain


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collection]:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "photos"
    folder.mkdir()
    plain("red").save(folder / "red.png")
    with Collection(folder / ".firs", FakeEncoder()) as opened:
        opened.add(folder, captions={"red.png": ["a fire engine"]})
        yield opened


def test_the_bank_holds_the_collections_captions_and_everyday_ones(collection: Collection) -> None:
    with collection.open_searcher() as space:
        bank = open_captioner("bank", collection, space)
    assert isinstance(bank, Bank)
    assert bank.texts[0] == "a fire engine"
    assert set(everyday()) < set(bank.texts)
    assert bank.vectors.shape == (len(bank.texts), FakeEncoder().dim)
    assert bank.encoder == "fake"


def test_a_server_is_the_one_that_is_named(collection: Collection) -> None:
    settings = Settings("m", "http://localhost:1/v1")
    with collection.open_searcher() as space:
        captioner = open_captioner("openai", collection, space, settings)
        assert isinstance(captioner, OpenAiCaptioner)
        assert captioner.sends == "localhost:1"
        with pytest.raises(RefinementError, match="set FIRS_LLM_MODEL"):
            open_captioner("openai", collection, space, Settings())


def test_a_local_model_may_be_named(collection: Collection) -> None:
    with collection.open_searcher() as space:
        named = open_captioner("transformers:some/model", collection, space)
        usual = open_captioner("transformers", collection, space)
        with pytest.raises(InputError, match="no captioner called 'magic'"):
            open_captioner("magic", collection, space)
    assert isinstance(named, TransformersCaptioner)
    assert isinstance(usual, TransformersCaptioner)
    assert (named.model, usual.model) == ("some/model", DEFAULT)

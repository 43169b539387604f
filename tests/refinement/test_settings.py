import pytest

from firs.errors import InputError, RefinementError
from firs.refinement.chat import OPENAI, Settings

NAMED = {"FIRS_LLM_MODEL": "m", "FIRS_LLM_BASE_URL": "http://localhost:11434/v1"}


def test_the_environment_names_them() -> None:
    more = {"FIRS_LLM_KEY": "k", "FIRS_LLM_TEMPERATURE": "0"}
    settings = Settings.of_environment(NAMED | more)
    assert settings == Settings("m", "http://localhost:11434/v1", "k", 0.0)
    assert settings.host == "localhost:11434"


def test_what_is_given_comes_first_and_none_is_nothing() -> None:
    settings = Settings.of_environment(NAMED, model="other", key=None, temperature=0.0)
    assert (settings.model, settings.key, settings.temperature) == ("other", "", 0.0)


def test_the_usual_key_will_do() -> None:
    assert Settings.of_environment({"OPENAI_API_KEY": "usual"}).key == "usual"
    both = {"OPENAI_API_KEY": "usual", "FIRS_LLM_KEY": "own"}
    assert Settings.of_environment(both).key == "own"


def test_the_papers_temperature_is_the_usual_one() -> None:
    assert Settings.of_environment({}).temperature == 0.4


def test_the_key_is_not_told() -> None:
    assert "secret" not in repr(Settings("m", key="secret"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"temperature": 3.0}, "from 0 to 2"),
        ({"temperature": float("nan")}, "from 0 to 2"),
        ({"timeout": 0.0}, "Seconds to wait"),
        ({"patience": float("inf")}, "Seconds to wait"),
        ({"base_url": "localhost:11434"}, "FIRS_LLM_BASE_URL"),
        ({"base_url": "ftp://there/v1"}, "FIRS_LLM_BASE_URL"),
        ({"base_url": "https://me:secret@there/v1"}, "never in an address"),
    ],
)
def test_what_cannot_be_meant(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        Settings("m", **wrong)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_a_temperature_that_is_no_number() -> None:
    with pytest.raises(InputError, match="FIRS_LLM_TEMPERATURE is a number"):
        Settings.of_environment({"FIRS_LLM_TEMPERATURE": "warm"})


def test_no_model() -> None:
    with pytest.raises(RefinementError, match="set FIRS_LLM_MODEL"):
        Settings(key="k").require_complete()


def test_no_key_where_one_is_asked_for() -> None:
    with pytest.raises(RefinementError, match=r"no key for api\.openai\.com: set FIRS_LLM_KEY"):
        Settings("m", OPENAI).require_complete()
    Settings("m", "http://localhost:8080/v1").require_complete()

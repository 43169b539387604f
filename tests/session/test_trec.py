import ir_measures
import numpy as np
import pytest
from ir_measures import RR

from firs.errors import InputError
from firs.session.compare import DEPTH, run_lines
from tests.session.grounds import ids, session


def test_lines_of_every_round() -> None:
    talk = session(5)
    talk.mark(irrelevant=[ids(talk.round)[0]])
    talk.next("none")
    lines = [line.split() for line in run_lines("abc", talk.rounds, "mine")]
    assert [line[0] for line in lines] == ["abc.0"] * 5 + ["abc.1"] * 4
    assert [int(line[2]) for line in lines[:5]] == ids(talk.rounds[0])
    assert [int(line[3]) for line in lines] == [1, 2, 3, 4, 5, 1, 2, 3, 4]
    assert {(line[1], line[5]) for line in lines} == {("Q0", "mine")}


def test_scores_come_back_to_the_last_bit() -> None:
    talk = session()
    scores = [float(line.split()[4]) for line in run_lines("q", talk.rounds, "firs")]
    expected = np.sort(talk.round.scores)[::-1]
    np.testing.assert_array_equal(np.array(scores, dtype=np.float32), expected)


def test_a_thousand_of_each_round() -> None:
    assert len(list(run_lines("q", session(DEPTH + 5).rounds, "firs"))) == DEPTH


def test_ir_measures_reads_it() -> None:
    talk = session()
    third = ids(talk.round)[2]
    run = list(ir_measures.read_trec_run(talk.trec_run()))  # type: ignore[no-untyped-call]
    qrels = [ir_measures.Qrel("q.0", str(third), 1)]
    assert ir_measures.calc_aggregate([RR], qrels, run)[RR] == pytest.approx(1 / 3)


@pytest.mark.parametrize("tag", ["", " ", "two words", "line\n"])
def test_a_tag_is_one_word(tag: str) -> None:
    with pytest.raises(InputError, match="tag is one word"):
        session().trec_run(tag)

"""What answers and fits show, and the frames that they become."""

import pytest
from conftest import DATA

import nbar

pytestmark = pytest.mark.usefixtures("quietly")


def few():
    """Seven runs, of which a coefficient runs off."""
    lines = (DATA / "chinchilla.csv").read_text().splitlines()
    head, rows = lines[0].split(","), [line.split(",") for line in lines[1:] if line.endswith(",0")][:7]
    return {name: [row[place] for row in rows] for place, name in enumerate(head)}


def test_open_intervals_are_shown_as_the_text_has_them():
    fit = nbar.fit(few(), bootstrap=50)
    assert fit.parameters["A"].interval == [0.0, None]
    page = fit._repr_html_()
    assert "<td>0</td><td>inf</td>" in page and "0 to inf" in repr(fit)


def test_what_is_not_identified_is_shown_so():
    fit = nbar.fit(DATA / "chinchilla.csv", law="sparse", bootstrap=0)
    assert "<th>a</th><td>-</td><td>not identified</td>" in fit._repr_html_()


def test_answers_show_no_interval_that_is_not_there():
    fit = nbar.law("chinchilla", set={"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28})
    for answer in (fit.predict(params=1e9, tokens=1e10), fit.allocate(flops=1e22)):
        for shown in (repr(answer), answer._repr_html_()):
            assert "[, ]" not in shown and "[-inf, inf]" not in shown and "loss" in shown
    assert "[0, inf]" in repr(nbar.fit(few(), bootstrap=50).parameters)


def test_lists_of_records_are_small_tables(chinchilla):
    plan = chinchilla.plan(flops=1e22)
    shown = repr(plan)
    assert "runs:" in shown and "a list of" not in shown
    table = shown.split("runs:\n")[1].splitlines()
    assert len(table) == len(plan.runs) + 2 and "sparsity" in table[0] and "more columns" in table[-1]
    assert max(map(len, table)) <= 110
    assert "sparsity" in plan._repr_html_()
    held_out = repr(nbar.holdout(DATA / "overtraining.csv", bootstrap=20))
    assert "more rows" in held_out


def test_a_slice_of_answers_makes_a_frame(chinchilla):
    runs = chinchilla.plan(flops=1e22).runs
    assert len(runs[:2].to_pandas()) == 2 and isinstance(runs[0], nbar.Answer)


def test_two_numbers_are_no_interval():
    (one, *_) = nbar.versus(DATA / "overtraining.csv", "rpj", group="group", bootstrap=20)
    assert len(one.runs) == 2
    names = set(one.to_dict())
    assert not names & {"runs_lower", "runs_upper"} and "level" in names
    assert {"multiplier_lower", "multiplier_upper"} <= set(one.rows.to_dict())


def test_sentences_name_arguments_wherever_they_stand(chinchilla):
    warnings = chinchilla.warnings
    told = [warning.message for warning in warnings]
    assert warnings.to_dict()["message"] == told and list(warnings.to_pandas()["message"]) == told
    for shown in (repr(warnings), warnings._repr_html_(), repr(nbar.inspect(DATA / "chinchilla.csv").findings)):
        assert "`" not in shown and ("nbar." in shown or "columns=" in shown)


def test_comparisons_of_several_recipes_show_the_rows_of_each():
    found = nbar.versus(DATA / "overtraining.csv", group="group", baseline="rpj", bootstrap=20, flops=1e20)
    shown = repr(found)
    assert [shown.count(part) for part in ("challenger  ", "multiplier  token_multiplier", "c4_original")] == [2, 2, 1], shown
    fit = nbar.fit(DATA / "chinchilla.csv", where="outlier=0", bootstrap=20)
    runs = fit.plan(flops=1e22, sparsity="0,0.5").runs
    assert all(len(line) < 200 for line in repr(runs).splitlines()) and "loss" in repr(runs)

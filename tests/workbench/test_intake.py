from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from activelearn.data import LabelSchema, Span
from ui.words.reported import reported
from workbench.errors import ImportRefused
from workbench.intake import (
    Columns,
    Reject,
    Row,
    content_uid,
    guess_columns,
    preview,
    read_rows,
    repeated_columns,
)

SINGLE = LabelSchema("single", ("billing", "delivery"))


def split(found) -> tuple[dict[int, Row], dict[int, str]]:
    found = list(found)
    rows = {one.line: one for one in found if isinstance(one, Row)}
    rejects = {one.line: one.reason for one in found if isinstance(one, Reject)}
    assert len(rows) + len(rejects) == len(found), "two results on one line"
    return rows, rejects


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def test_nasty_csv_rejects_each_bad_line_and_keeps_the_others(tmp_path):
    lines = [
        b"\xef\xbb\xbfuid,text,label,shop",  # 1
        b"a1,first good,billing,north",
        b'a2,"two',  # 3, and 4
        b'lines, and a ""quote""",delivery,north',
        b"a3,,billing,north",  # 5
        b"a4,   ,billing,north",
        b"a5,caf\xe9,billing,north",  # 7
        b"a6,after the bad byte,billing,north",
        b"a7,unknown label,refund,north",  # 9
        b"a8," + b"x" * 1_000_000 + b",billing,north",
        b"a9," + b"y" * 999_999 + b",billing,north",  # 11
        b"a10,nul \0 inside,billing,north",
        b"a1,another text for a1,billing,north",  # 13
        b"a1,first good,billing,north",
        b'a11,"never closed,billing,north',  # 15
        b"a12,after the open quote,delivery,north",
        b"",  # 17
        b'a13,"quoted, as it should be",delivery,north',
        b"a14,too,many,fields,here",  # 19
        b"a15,too few",
        b'a16,"closed"early,billing,north',  # 21
        "a17,退款还没有到账,billing,北".encode(),
        b"a18,no label is no fault,,north",  # 23
        b'a19,"open at the end,billing,north',
        b"a20,the last line,billing,north",  # 25
    ]
    path = write(tmp_path / "nasty.csv", b"\n".join(lines))
    rows, rejects = split(read_rows(path, schema=SINGLE))

    assert list(rows) == [2, 3, 8, 11, 14, 16, 18, 22, 23, 25]
    assert rows[3].text == 'two\nlines, and a "quote"'
    assert rows[22].text == "退款还没有到账" and rows[22].meta == {"shop": "北"}
    assert rows[23].target is None and rows[2].target == "billing" and rows[2].uid == "a1"
    for line, reason in {
        5: "no text", 6: "no text", 7: "not UTF-8", 9: "'refund' is not one of: billing, delivery",
        10: "1,000,000 bytes", 12: "NUL", 13: "uid 'a1' is on line 2", 15: "quote",
        19: "5 fields where the header has 4", 20: "2 fields", 21: "quote", 24: "not closed",
    }.items():  # fmt: skip
        assert reason in rejects.pop(line)
    assert rejects == {}


def test_a_quote_that_stays_open_cannot_swallow_a_large_file(tmp_path):
    body = "".join(f"{i},message number {i},billing\n" for i in range(3, 60_000))
    path = write(tmp_path / "open.csv", f'uid,text,label\n2,"open,billing\n{body}')
    rows, rejects = split(read_rows(path, schema=SINGLE))
    assert len(rows) == 59_997 and list(rejects) == [2]


def test_a_quote_that_another_line_happens_to_close_is_seen(tmp_path):
    lines = ["uid,text,label", '2,"open,billing', *(f"{i},text {i},billing" for i in range(3, 9))]
    path = write(tmp_path / "closed.csv", "\n".join([*lines, '9,five inches: 5",billing', "10,z,"]))
    rows, rejects = split(read_rows(path, schema=SINGLE))
    assert list(rejects) == [2] and [row.uid for row in rows.values()][-1] == "10"
    assert {rows[line].text for line in range(3, 9)} == {f"text {i}" for i in range(3, 9)}


def test_a_letter_of_several_lines_with_commas_is_one_text(tmp_path):
    letter = "Hello team\nI ordered shoes, size 9\nThey came late, sadly\nThanks"
    path = tmp_path / "mail.csv"
    path.write_text(f'text,label\n"{letter}",refund\nshort one,delivery\n')
    rows = list(read_rows(path, guess_columns(path), None))
    assert [(row.text, row.target) for row in rows] == [
        (letter, "refund"), ("short one", "delivery")
    ]  # fmt: skip


def test_the_line_by_which_excel_names_the_delimiter_is_no_header(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbfsep=;\r\ntext;label\r\nhello, you;a\r\nbye;b\r\n")
    rows = list(read_rows(path, guess_columns(path), None))
    assert [(row.line, row.text, row.target) for row in rows] == [
        (3, "hello, you", "a"), (4, "bye", "b")
    ]  # fmt: skip


def test_bad_bytes_inside_quotes_reject_their_record_only(tmp_path):
    path = write(tmp_path / "a.csv", b'text,label\n"one\nb\xffd",x\n"two\nlines",x\nthree,x\n')
    rows, rejects = split(read_rows(path))
    assert rejects == {2: "not UTF-8 (line 3)"}
    assert {line: row.text for line, row in rows.items()} == {4: "two\nlines", 6: "three"}


def test_a_line_too_long_for_memory_is_skipped(tmp_path):
    path = write(tmp_path / "a.csv", b"text,label\n" + b"z" * 9_000_000 + b",x\nshort,x\n")
    rows, rejects = split(read_rows(path))
    assert rejects == {2: "a line of more than 8 MB"} and rows[3].text == "short"


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("comma.csv", "text,label\r\na;b,x\r\n", "a;b"),
        ("semicolon.csv", 'text;label\n"a,b";x\n', "a,b"),
        ("bare comma.csv", "id;text, long;label\n1;hello, you;x\n", "hello, you"),
        ("both.csv", '"te;xt",label\n"a,b",x\n', "a,b"),
        ("tab.tsv", 'text\tlabel\n"a" is quoted, b is not\tx\n', '"a" is quoted, b is not'),
        ("quoted.tsv", 'text\tlabel\n"a\tb"\tx\n', "a\tb"),
        ("one.csv", "text\nwell, this has a comma\n", "well, this has a comma"),
        ("formula.csv", 'text,label\n"=1+1, -2",x\n', "=1+1, -2"),
    ],
)
def test_delimiters_and_quotes(tmp_path, name, content, text):
    rows, rejects = split(read_rows(write(tmp_path / name, content)))
    assert rejects == {} and rows[2].text == text


def test_jsonl_rejects(tmp_path):
    lines = [
        b'{"id": 7, "text": "number as uid", "label": "billing"}',
        b'{"text": "cut off',
        b'["a list"]',
        b'{"text": ["a"], "label": "billing"}',
        b'{"text": true}',
        b'{"text": 12.5}',
        b'{"text": null}',
        b'{"label": "billing"}',
        b'{"text": "caf\xe9"}',
        b'{"text": "half a pair \\ud800"}',
        b"[" * 200_000,
        b"",
        b'{"text": "fine", "label": "billing", "n": {"deep": [1]}}',
        b'{"text": "bad label", "label": {"a": 1}}',
    ]
    path = write(tmp_path / "a.jsonl", b"\n".join(lines))
    rows, rejects = split(read_rows(path, schema=SINGLE))
    assert list(rows) == [1, 6, 13]
    assert rows[1].uid == "7" and rows[6].text == "12.5" and rows[13].meta == {"n": {"deep": [1]}}
    for line, reason in {
        2: "not JSON", 3: "a list", 4: "the text is a list", 5: "a boolean", 7: "no text",
        8: "no text", 9: "not UTF-8", 10: "not UTF-8", 11: "too deep", 14: "an object",
    }.items():  # fmt: skip
        assert reason in rejects.pop(line)
    assert rejects == {}


def test_json_list_in_any_layout(tmp_path):
    rng = random.Random(4)
    alphabet = 'abc "\\\n,[]{}:退款\u2028é😀'
    given = [
        {"text": "x" + "".join(rng.choices(alphabet, k=rng.randrange(900)))} for _ in range(900)
    ]
    for indent in (None, 2):
        content = json.dumps(given, indent=indent, ensure_ascii=indent is None)
        rows, rejects = split(read_rows(write(tmp_path / "a.json", " \n" + content + "\n")))
        assert [row.text for row in rows.values()] == [one["text"] for one in given]
        assert list(rows) == list(range(1, 901)) and rejects == {}


def test_json_keeps_the_rows_before_a_fault(tmp_path):
    path = write(tmp_path / "a.json", b'[{"text": "one"}, 5, {"text": "b\xffd"}, {"text": "cut')
    rows, rejects = split(read_rows(path))
    assert list(rows) == [1] and rejects[2] == "not a JSON object but a number"
    assert rejects[3] == "not UTF-8" and rejects[4].startswith("not JSON") and len(rejects) == 3


def test_jsonl_under_the_name_of_json(tmp_path):
    rows, _ = split(read_rows(write(tmp_path / "a.json", '{"text": "one"}\n{"text": "two"}\n')))
    assert [row.text for row in rows.values()] == ["one", "two"]


def test_a_lone_object_is_a_row_or_a_task(tmp_path):
    row = '{"text": "Paris", "scores": [[0.1, 0.9]]}'
    task = '{"data": {"text": "x"}, "annotations": [{"result": []}], "id": 1}'
    for content, text in ((row, "Paris"), (task, "x")):
        rows, _ = split(read_rows(write(tmp_path / "a.json", content)))
        assert [row.text for row in rows.values()] == [text]


def annotation(result: list[dict], **more) -> dict:
    return {"result": result, "completed_by": 1, "created_at": "2026-01-01T00:00:00Z", **more}


def test_label_studio_export_takes_the_newest_answer(tmp_path):
    def chosen(name: str) -> list[dict]:
        value = {"choices": [name]}
        return [{"from_name": "a", "to_name": "b", "type": "choices", "value": value}]

    tasks = [
        {
            "id": 1,
            "data": {"text": "first", "uid": "u1", "shop": "north"},
            "annotations": [
                annotation(chosen("billing"), created_at="2026-01-03T00:00:00Z"),
                annotation(chosen("delivery")),
                annotation(chosen("delivery"), was_cancelled=True, created_at="2026-01-09"),
            ],
        },
        {"id": 2, "data": {"text": "second", "uid": "u2"}, "annotations": []},
        {"id": 3, "data": {"text": "third", "uid": "u3"}, "annotations": [{"result": [7]}]},
        {
            "id": 4,
            "data": {"text": "fourth", "uid": "u4"},
            "annotations": [annotation(chosen("?"))],
        },
    ]
    path = write(tmp_path / "export.json", json.dumps(tasks))
    rows, rejects = split(read_rows(path, schema=SINGLE))
    assert rows[1] == Row(1, "first", "u1", "billing", {"shop": "north"})
    assert rows[2].target is None and list(rows) == [1, 2]
    assert rejects[3] == "its annotations are malformed" and "'?'" in rejects[4]


def test_label_studio_export_of_spans(tmp_path):
    value = {"start": 0, "end": 3, "text": "Bob", "labels": ["PER"]}
    tasks = [{"data": {"text": "Bob left"}, "annotations": [annotation([{"value": value}])]}]
    path = write(tmp_path / "export.json", json.dumps(tasks))
    rows, _ = split(read_rows(path, schema=LabelSchema("spans", ("PER",))))
    assert rows[1].target == (Span(0, 3, "PER"),)


def test_labels_of_several_classes_and_spans(tmp_path):
    schema = LabelSchema("multi", ("a", "b", "c, d"))
    given = {"b|a": ("a", "b"), "a; b": ("a", "b"), "c, d": ("c, d",), '["b"]': ("b",), "": None}
    content = "\n".join(json.dumps({"text": "t", "label": label}) for label in given)
    rows, rejects = split(read_rows(write(tmp_path / "a.jsonl", content), schema=schema))
    assert [row.target for row in rows.values()] == list(given.values()) and rejects == {}

    spans = [[[0, 2, "X"]], [{"start": 1, "end": 9, "label": "X"}], [{"start": 0}], [[0, 1, "Y"]]]
    content = "\n".join(json.dumps({"text": "four", "spans": one}) for one in spans)
    path = write(tmp_path / "b.jsonl", content)
    rows, rejects = split(read_rows(path, schema=LabelSchema("spans", ("X",))))
    assert rows[1].target == (Span(0, 2, "X"),)
    assert "4 characters" in rejects[2] and 3 in rejects and "'Y'" in rejects[4]


def test_parquet_and_its_rejects(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = pa.array([b"one", b"b\xffd", None, b"four"], pa.binary()).view(pa.string())
    table = pa.table({"sentence": raw, "category": ["billing", "billing", "delivery", "refund"]})
    pq.write_table(table, tmp_path / "a.parquet")
    rows, rejects = split(read_rows(tmp_path / "a.parquet", schema=SINGLE))
    assert rows[1].text == "one" and rows[1].target == "billing" and list(rows) == [1]
    assert rejects[2] == "not UTF-8" and rejects[3] == "no text" and "'refund'" in rejects[4]
    assert preview(tmp_path / "a.parquet").row_count == 4


def test_datasets_folder_with_class_names(tmp_path):
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["billing", "other"])}
    )
    held = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    held.save_to_disk(str(tmp_path / "one"))
    held.to_parquet(str(tmp_path / "a.parquet"))
    datasets.DatasetDict(train=held, test=held).save_to_disk(str(tmp_path / "two"))
    for path in (tmp_path / "one", tmp_path / "a.parquet", tmp_path / "two" / "test"):
        rows, rejects = split(read_rows(path))
        assert [row.target for row in rows.values()] == ["other", "billing"] and rejects == {}
    with pytest.raises(ImportRefused, match="2 splits"):
        read_rows(tmp_path / "two")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("id", "text", "label"), Columns("text", "label", "id")),
        (("Review Text", "Sentiment"), Columns("Review Text", "Sentiment", None)),
        (("内容", "标签", "编号"), Columns("内容", "标签", "编号")),
        (("a", "longer one", "intent"), Columns("longer one", "intent", None)),
        (("message_id", "message", "class"), Columns("message", "class", "message_id")),
    ],
)
def test_columns_are_guessed(tmp_path, header, expected):
    long = {"text", "Review Text", "内容", "longer one", "message"}
    body = [
        ",".join(f"some long words {i}" if name in long else f"v{i}" for name in header)
        for i in range(5)
    ]
    path = write(tmp_path / "a.csv", "\n".join([",".join(header), *body]))
    assert guess_columns(path) == expected


def test_columns_can_be_overridden_and_wrong_names_are_refused(tmp_path):
    path = write(tmp_path / "a.csv", "text,answer,label\nquestion,reply,x\n")
    rows, _ = split(read_rows(path, Columns("answer", None, "label")))
    assert rows[2] == Row(2, "reply", "x", None, {"text": "question"})
    for call in (read_rows, preview):
        with pytest.raises(ImportRefused, match=r"'body'.*text, answer, label"):
            call(path, Columns("body"))


def test_a_column_that_only_late_rows_have_can_be_named(tmp_path):
    lines = ['{"text": "t"}'] * 1_500 + ['{"text": "t", "late": "x"}']
    path = write(tmp_path / "a.jsonl", "\n".join(lines))
    assert [row.target for row in read_rows(path, Columns("text", "late"))][-1] == "x"


def test_preview_shows_rows_and_rejects(tmp_path):
    path = write(tmp_path / "a.csv", "text,label,n\nfirst,x,1\n,y,2\nthird,x,3\n")
    shown = preview(path, rows=2)
    assert shown.columns == Columns("text", "label") and shown.all_columns == ["text", "label", "n"]
    assert shown.rows[0] == {"text": "first", "label": "x", "n": "1"} and len(shown.rows) == 2
    assert [(one.line, one.reason) for one in shown.rejects] == [(3, "no text")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.jsonl", b"\xef\xbb\xbf \n", "empty"),
        ("a.xlsx", b"PK\x03\x04", "save it as CSV"),
        ("a.csv", b"sep=;\n", "no row"),
        ("a.csv", b"PK\x03\x04\0\0", "binary"),
        ("a.doc", b"text", "'.doc' is no format known"),
        ("text", b"text", "'no ending'"),
        ("a.csv", "text,label\n".encode("utf-16"), "UTF-16"),
        ("a.csv", "文本,标签\n".encode("gb18030"), "not UTF-8"),
        ("a.csv", b"text\rone\rtwo\r", "carriage return"),
        ("a.parquet", b"PAR1 not really", "no Parquet file"),
        ("a.json", b'{"data": [\n1]}', "one JSON object"),
        ("a.json", b'{"version": "1", "data": [{"text": "x"}, {"text": "y"}]}', "under 'data'"),
        ("a.json", b'{"rows": [\n{"text": "x"}]}', "under 'rows'"),
        ("a.json", b'{"text": {"0": "x"}, "label": {"0": "a"}}', "orient='records'"),
        ("a.json", b'{\n"text": ["x", "y"], "label": ["a", "b"]}', "columns, not rows"),
        ("a.csv", "text,label\none,a\n".encode("utf-16-le"), "UTF-16"),
        ("a.json", b"text", "not JSON"),
        ("a.json", b"[]", "no row"),
        ("a.jsonl", b"nothing\nhere\n", "line 1: not JSON"),
        ("a.jsonl", b'{"n": 1}', "no column has text: name one of n"),
    ],
)
def test_files_that_cannot_be_imported_are_refused(tmp_path, name, content, message):
    path = write(tmp_path / name, content)
    with pytest.raises(ImportRefused, match=message) as caught:
        read_rows(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_missing_files_and_other_folders_are_refused(tmp_path):
    with pytest.raises(ImportRefused, match="no such file"):
        guess_columns(tmp_path / "none.csv")
    with pytest.raises(ImportRefused, match="save_to_disk"):
        guess_columns(tmp_path)


def test_content_uid_is_the_same_everywhere():
    assert content_uid("退款") == content_uid("退" + "款") != content_uid("退款 ")
    assert content_uid("") == "e3b0c44298fc1c149afb"


def test_wanted_columns_come_before_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "codes.jsonl"
    path.write_text('{"code": 100, "label": "a"}\n{"code": 200, "label": "b"}\n')
    with pytest.raises(ImportRefused, match="no column has text"):
        guess_columns(path)
    assert guess_columns(path, {"text": "code"}) == Columns("code", "label", None)
    assert guess_columns(path, {"text": "label", "label": None}).label is None
    assert guess_columns(path, {"text": "code", "label": ""}).label is None


def test_a_column_is_not_text_and_label_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,remark,id\nsome words,of somebody,1\nothers,too,2\n")
    with pytest.raises(ImportRefused, match=r"a.csv: column 'text' is named for the text and for"):
        guess_columns(path, {"text": "text", "label": "text"})
    assert guess_columns(path, {"label": "text"}) == Columns("remark", "text", "id")
    assert guess_columns(path, {"label": "id"}) == Columns("text", "id", None)
    write(path, "id,text\n1,some words\n2,others\n")
    with pytest.raises(ImportRefused, match=r"no column but 'text', .* has text") as refused:
        guess_columns(path, {"label": "text"})
    assert "除标签列 text 外没有文本列" in reported("zh", str(refused.value))


def test_columns_whose_values_come_again_may_hold_labels(tmp_path: Path) -> None:
    rows = [f"{n % 5},words of {n},{n},{'x' if n < 3 else ''},same" for n in range(20)]
    path = write(tmp_path / "a.csv", "\n".join(["stars,review,number,rare,source", *rows]))
    columns = guess_columns(path)
    assert columns == Columns("review", None, None), "an import takes none for the label"
    assert repeated_columns(path, columns) == ["stars"]
    rows = [f"{row},{n % 2}" for n, row in enumerate(rows)]
    write(path, "\n".join(["stars,review,number,rare,source,sure", *rows]))
    assert repeated_columns(path, columns) == ["stars", "sure"]

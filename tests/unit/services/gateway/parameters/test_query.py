import pytest

from services.gateway.parameters.query import BadParameterError, Query, Together
from shared.http.request_limits import QUERY_LIMIT


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"", ()),
        (b"location=", ()),
        (b"location=,%20,+", ()),
        (b"location=Paris", ("Paris",)),
        (b"location=Paris,Lyon", ("Paris", "Lyon")),
        (b"location=Paris,,Lyon,", ("Paris", "Lyon")),
        (b"location=Paris&status=OPENED&location=Lyon&location=", ("Paris", "Lyon")),
        (b"location=Paris%2CLyon", ("Paris,Lyon",)),
        (b"location=%26%3D%2b", ("&=+",)),
        (b"location=Le+Mans,+Tours%20", ("Le Mans", "Tours")),
        (b"location=a=b", ("a=b",)),
        (b"loc%61tion=Nice", ("Nice",)),
        (b"location=%C3%89vry", ("Évry",)),
        ("location=Évry".encode(), ("Évry",)),
        (b"Location=Paris", ()),
    ],
)
def test_several_values_are_split_before_they_are_decoded(raw: bytes, values: tuple[str, ...]) -> None:
    assert Query(raw).many("location") == values


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        (b"", ()),
        (b"agency=a,b", ("a", "b")),
        (b"agency=a%2Cb", ("a", "b")),
        (b"agency=a%2c+b,c&agency=%2C,b", ("a", "b", "c")),
        (b"agency=%2C+%2c", ()),
        (b"agency=a%252Cb", ("a%2Cb",)),
    ],
)
def test_an_encoded_comma_separates_uids(raw: bytes, values: tuple[str, ...]) -> None:
    assert Query(raw).uids("agency") == values


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"", None),
        (b"status=", None),
        (b"status=+", None),
        (b"status=OPENED", "OPENED"),
        (b"status=&status=+OPENED+&status", "OPENED"),
        (b"status=OPENED,CLOSED", "OPENED,CLOSED"),
        (b"status=,", ","),
    ],
)
def test_a_single_value_may_have_empty_repetitions(raw: bytes, value: str | None) -> None:
    assert Query(raw).one("status") == value


def test_a_single_value_given_twice_is_refused_by_name() -> None:
    with pytest.raises(BadParameterError, match=r"^Parameter status is given more than once\.$"):
        Query(b"status=OPENED&status=OPENED").one("status")


@pytest.mark.parametrize(
    "raw", [b"x=%", b"x=%4", b"x=%zz", b"x=a,%g0", b"%=x", b"x=%ff", b"x=\xff", b"x=%C3", b"x=%ED%A0%80"]
)
def test_broken_encoding_is_refused_in_every_parameter(raw: bytes) -> None:
    with pytest.raises(BadParameterError):
        Query(raw)


def test_ignored_parameters_may_be_broken_and_repeated() -> None:
    query = Query(
        b"range=%zz&range=1&activeproviders=%ff&status=OPENED", ignored=frozenset({"range", "activeproviders"})
    )
    assert query.one("status") == "OPENED"
    assert query.one("range") is None


def test_refusals_of_several_readings_are_told_together() -> None:
    query = Query(b"a=1&a=2&b=1&c=1&c=2")
    with pytest.raises(BadParameterError) as refusal, Together() as together:  # noqa: PT012 - it is raised at the end
        assert [together.read("none", query.one, name) for name in "abc"] == ["none", "1", "none"]
        together.refuse("Parameter d is wrong.")
    said = "Parameter a is given more than once. Parameter c is given more than once. Parameter d is wrong."
    assert str(refusal.value) == said


def test_readings_without_refusals_are_not_refused() -> None:
    with Together() as together:
        assert together.read(0, int, "7") == 7


def test_another_failure_is_not_covered_by_refusals() -> None:
    with pytest.raises(ZeroDivisionError), Together() as together:  # noqa: PT012
        together.refuse("Parameter a is wrong.")
        together.read(0.0, lambda: 1 / 0)


def test_a_message_shows_the_beginning_of_a_long_name_only() -> None:
    with pytest.raises(BadParameterError, match=f"^Parameter {'x' * 64} has a percent sign"):
        Query(b"x" * 60_000 + b"=%")


def test_a_query_beyond_its_bound_is_refused() -> None:
    assert Query(b"x=" + b"a" * (QUERY_LIMIT - 2)).one("x") == "a" * (QUERY_LIMIT - 2)
    with pytest.raises(BadParameterError, match="longer than 65536 bytes"):
        Query(b"x=" + b"a" * (QUERY_LIMIT - 1))

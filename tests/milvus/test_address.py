import pytest

from firs.errors import InputError
from firs.milvus.address import Address, is_address

SECRET = "s3cr3t"


def parse(text: str, **environment: str) -> Address:
    return Address.parse(text, environment)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("milvus://host/photos", True),
        ("milvus+tls://host/photos", True),
        ("MILVUS://host/photos", True),
        ("milvus:photos", False),
        ("photos/.firs", False),
        ("http://host/photos", False),
    ],
)
def test_valid_addresses(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


def test_the_parts_of_an_address() -> None:
    address = parse("milvus://host/photos")
    assert (address.host, address.port, address.name) == ("host", 19530, "photos")
    assert (address.database, address.token, address.tls) == ("", "", False)
    whole = parse("milvus+tls://ann:a%40b@[::1]:1953/archive/photos?ca=/a b/ca.pem&server_name=m")
    assert (whole.server, whole.database, whole.name) == ("[::1]:1953", "archive", "photos")
    assert (whole.token, whole.tls, whole.ca, whole.server_name) == (
        "ann:a@b",
        True,
        "/a b/ca.pem",
        "m",
    )


@pytest.mark.parametrize(
    ("text", "environment", "token"),
    [
        (f"milvus://{SECRET}@host/photos", {}, SECRET),
        (f"milvus://ann:{SECRET}@host/photos", {"FIRS_MILVUS_TOKEN": "other"}, f"ann:{SECRET}"),
        ("milvus://host/photos", {"FIRS_MILVUS_TOKEN": SECRET, "FIRS_MILVUS_USER": "x"}, SECRET),
        (
            "milvus://host/photos",
            {"FIRS_MILVUS_USER": "ann", "FIRS_MILVUS_PASSWORD": SECRET},
            f"ann:{SECRET}",
        ),
    ],
)
def test_credentials(text: str, environment: dict[str, str], token: str) -> None:
    address = parse(text, **environment)
    assert address.token == token
    for shown in (str(address), repr(address), f"{address}", repr([address])):
        assert SECRET not in shown
        assert "ann" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "milvus://host:19530/photos",
        "milvus://host:1/archive/photos",
        "milvus+tls://host:19530/photos?ca=%2Fa%20b%2Fca.pem&server_name=milvus.lan",
    ],
)
def test_shown_addresses_can_be_parsed(text: str) -> None:
    assert str(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("photos", "milvus://HOST:19530/NAME"),
        ("milvus:///photos", "has no host"),
        ("milvus://host", "has no collection"),
        ("milvus://host/", "has no collection"),
        ("milvus://host:port/photos", "is not valid"),
        ("milvus://host:99999/photos", "is not valid"),
        ("milvus://host/a/b/c", "at most a database and a collection"),
        ("milvus://host/my-photos", "Write my_photos instead of 'my-photos'"),
        ("milvus://host/2024", "Write _2024 instead"),
        ("milvus://host/" + "x" * 101, "at most 100 letters"),
        ("milvus://host/%E2%98%83", "letters A-Z and a-z"),
        ("milvus://host/photos?ca=x", "for encrypted addresses"),
        ("milvus+tls://host/photos?cert=x", "not 'cert'"),
    ],
)
def test_invalid_addresses(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("+", r"\+")):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        f"milvus://ann:{SECRET}@host:port/photos",
        f"milvus://ann:{SECRET}@/photos",
        f"milvus://ann:{SECRET}@host",
        f"milvus://ann:{SECRET}@host/a-b",
        f"milvus://ann:{SECRET}/x@host/photos",
        f"milvus://ann:x#{SECRET}@host/photos",
        f"milvus://ann:x?{SECRET}@host/photos",
        f"milvus://{SECRET}@host/a/b/c",
    ],
)
def test_the_secret_is_in_no_error(text: str) -> None:
    with pytest.raises(InputError) as told:
        parse(text)
    assert SECRET not in str(told.value)


def test_half_of_a_login_is_rejected() -> None:
    with pytest.raises(InputError, match="both FIRS_MILVUS_USER and FIRS_MILVUS_PASSWORD"):
        parse("milvus://host/photos", FIRS_MILVUS_USER="ann")

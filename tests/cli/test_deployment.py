"""The compose file and the Kubernetes manifests of docs/distributed.md agree with the program.

They are read and compared here, and every command is parsed; nothing is started with Docker.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from firs.cli.commands import command_line
from firs.cli.serve import MIN_TOKEN, require_safe
from firs.milvus import address
from firs.milvus.address import Address, is_address

PAGE = (Path(__file__).parents[2] / "docs" / "distributed.md").read_text(encoding="utf-8")
ENVIRONMENT = {"FIRS_TOKEN", "FIRS_CACHE", address.USER, address.PASSWORD, address.TOKEN}


def blocks(*languages: str) -> list[str]:
    """The code blocks in some languages."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [text for language, text in found if language in languages]


COMPOSE: dict[str, Any] = next(
    each for each in map(yaml.safe_load, blocks("yaml")[:1]) if "services" in each
)
SERVICES: dict[str, Any] = COMPOSE["services"]
MANIFESTS: dict[str, Any] = {
    each["kind"]: each for block in blocks("yaml")[1:] for each in yaml.safe_load_all(block)
}
DOT_ENV = dict(line.split("=", 1) for line in blocks("ini")[0].splitlines())


def parse(words: list[str]) -> Mapping[str, Any]:
    """The parameters of a ``firs`` command; it is not run."""
    program, name, *rest = words
    assert program == "firs"
    command = command_line().get_command(None, name)
    assert command is not None, name
    parameters: Mapping[str, Any] = command.make_context(name, rest).params
    return parameters


def shell_commands() -> Iterator[list[str]]:
    """The ``firs`` commands in the blocks of shell commands, also those within a container."""
    lines = [line for block in blocks("sh", "") for line in block.splitlines()]
    for line in lines:
        words = shlex.split(line, comments=True)
        if "firs" in words:
            yield words[words.index("firs") :]


def pods() -> Iterator[dict[str, Any]]:
    """The specifications of all pods of the manifests."""
    for manifest in MANIFESTS.values():
        spec = manifest["spec"]
        groups = [spec, spec.get("headGroupSpec", {}), *spec.get("workerGroupSpecs", ())]
        yield from (each["template"]["spec"] for each in groups if "template" in each)


def container(kind: str) -> dict[str, Any]:
    [only] = MANIFESTS[kind]["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = only
    return found


COMMANDS = [
    *shell_commands(),
    shlex.split(SERVICES["page"]["command"]),
    container("Job")["command"],
    container("Deployment")["command"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    for word in filter(is_address, parse(words).values()):
        Address.parse(str(word), {})


def test_the_section_says_what_was_not_run() -> None:
    section = PAGE.split("## Running the servers")[1].split("### ")[0]
    assert "checked, but not executed with Docker or Kubernetes" in " ".join(section.split())


def test_all_variables_are_in_the_example() -> None:
    text = blocks("yaml")[0]
    assert set(re.findall(r"\$\{(\w+):\?\}", text)) == set(DOT_ENV)
    assert "${" not in re.sub(r"\$\{\w+:\?\}", "", text)
    assert len(DOT_ENV["FIRS_TOKEN"]) >= MIN_TOKEN
    assert min(len(DOT_ENV["MILVUS_PASSWORD"]), len(DOT_ENV["MINIO_PASSWORD"])) >= 8


def test_only_variables_that_the_program_reads_are_set() -> None:
    names = {name for name in SERVICES["page"]["environment"] if name.startswith("FIRS_")}
    names |= {each["name"] for kind in ("Job", "Deployment") for each in container(kind)["env"]}
    assert names <= ENVIRONMENT


@pytest.mark.parametrize(
    ("words", "published"),
    [
        (shlex.split(SERVICES["page"]["command"]), SERVICES["page"]["ports"][0].split(":")[-1]),
        (container("Deployment")["command"], container("Deployment")["ports"][0]["containerPort"]),
    ],
)
def test_the_page_may_be_reached_from_outside_its_container(
    words: list[str], published: str | int
) -> None:
    options = parse(words)
    assert (options["host"], options["port"]) == ("0.0.0.0", int(published))
    assert options["no_browser"]
    require_safe(options["host"], DOT_ENV["FIRS_TOKEN"])


def test_services_of_the_compose_file_know_each_other() -> None:
    for service in SERVICES.values():
        for name in service.get("depends_on", ()):
            assert "healthcheck" in SERVICES[name]
    milvus = SERVICES["milvus"]["environment"]
    for host in (milvus["ETCD_ENDPOINTS"], milvus["MINIO_ADDRESS"]):
        assert host.partition(":")[0] in SERVICES
    store = SERVICES["minio"]["environment"]
    assert milvus["MINIO_ACCESS_KEY_ID"] == store["MINIO_ROOT_USER"]
    assert milvus["MINIO_SECRET_ACCESS_KEY"] == store["MINIO_ROOT_PASSWORD"]


def test_the_page_logs_in_with_the_password_that_milvus_is_made_with() -> None:
    milvus, page = (SERVICES[name]["environment"] for name in ("milvus", "page"))
    assert page[address.USER] == "root"
    assert page[address.PASSWORD] == milvus["COMMON_SECURITY_DEFAULTROOTPASSWORD"]


def test_volumes_of_the_compose_file_are_declared_and_photos_are_not_written() -> None:
    named = [each.split(":") for service in SERVICES.values() for each in service["volumes"]]
    volumes = {each[0] for each in named if not each[0].startswith("${")}
    assert volumes == set(COMPOSE["volumes"])
    assert "${PHOTOS:?}:${PHOTOS:?}:ro" in SERVICES["page"]["volumes"]


def test_photos_are_indexed_under_the_path_that_the_page_has() -> None:
    given = [parse(words)["folders"] for words in shell_commands() if "index" in words]
    assert [Path(DOT_ENV["PHOTOS"])] in [[Path(each) for each in folders] for folders in given]


@pytest.mark.parametrize(
    "words", [shlex.split(SERVICES["page"]["command"]), container("Deployment")["command"]]
)
def test_the_page_shows_what_is_indexed(words: list[str]) -> None:
    [shown] = parse(words)["collections"]
    stores = {each["store"] for each in map(parse, COMMANDS) if each.get("store")}
    assert str(Address.parse(shown, {})) in {str(Address.parse(each, {})) for each in stores}
    assert Address.parse(shown, {}).host in SERVICES


def test_manifests_know_each_other() -> None:
    assert set(MANIFESTS) == {"RayCluster", "Job", "Deployment", "Service"}
    cluster = MANIFESTS["RayCluster"]["metadata"]["name"]
    head = urlsplit(parse(container("Job")["command"])["on"])
    assert (head.scheme, head.hostname, head.port) == ("ray", f"{cluster}-head-svc", 10001)
    service, page = MANIFESTS["Service"]["spec"], MANIFESTS["Deployment"]["spec"]
    assert service["selector"] == page["selector"]["matchLabels"]
    assert service["selector"] == page["template"]["metadata"]["labels"]
    assert service["ports"][0]["targetPort"] == container("Deployment")["ports"][0]["containerPort"]


def test_photos_are_under_the_same_path_in_all_pods() -> None:
    mounts = [
        (mount["name"], mount["mountPath"])
        for pod in pods()
        for each in pod["containers"]
        for mount in each.get("volumeMounts", ())
    ]
    assert set(mounts) == {("photos", "/photos")}
    assert len(mounts) == 3
    folders = parse(container("Job")["command"])["folders"]
    assert [str(each) for each in folders] == ["/photos"]


def test_volumes_and_secrets_of_the_manifests_are_named_in_the_text() -> None:
    for pod in pods():
        claims = {each["name"] for each in pod.get("volumes", ())}
        for each in pod["containers"]:
            assert {mount["name"] for mount in each.get("volumeMounts", ())} <= claims
            for variable in each.get("env", ()):
                secret = variable["valueFrom"]["secretKeyRef"]
                assert secret["name"] == "firs"
                assert f"`{secret['key']}`" in PAGE

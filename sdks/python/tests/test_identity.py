from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from fake_broker import FakeBroker, problem

from credbroker import Broker, BrokerApiError, Secret
from credbroker.client_key import ClientKey
from credbroker.profile import load_profile
from credbroker.workload import workload_from


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, int], dict[str, str]]:
    def write(text: str, mode: int = 0o600) -> dict[str, str]:
        file = tmp_path / "credbroker" / "profiles" / "fixer.json"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(mode)
        return {"XDG_CONFIG_HOME": str(tmp_path), "BROKER_PROFILE": "fixer"}

    return write


def profile() -> str:
    jwk = json.loads(ClientKey.generate().private_jwk.expose())
    fields = {
        "url": "https://broker.example",
        "issuer": "https://issuer.example",
        "principal": "agent:fixer",
        "key": jwk,
    }
    return json.dumps(fields)


def test_a_profile_is_read_and_its_address_overridden(write: Callable[[str, int], dict[str, str]]) -> None:
    env = write(profile(), 0o600)
    read = load_profile({**env, "BROKER_URL": "https://other.example"})
    assert (read.url, read.issuer, read.principal) == ("https://other.example", "https://issuer.example", "agent:fixer")
    assert isinstance(Broker.from_environment(env), Broker)


def test_a_profile_that_others_can_read_is_refused(write: Callable[[str, int], dict[str, str]]) -> None:
    with pytest.raises(PermissionError, match="chmod 600"):
        load_profile(write(profile(), 0o644))


@pytest.mark.parametrize("text", ['{"key": {"d": "canary"', '["canary"]', '{"url": "canary"}'])
def test_what_is_no_profile_is_not_quoted(text: str, write: Callable[[str, int], dict[str, str]]) -> None:
    try:
        load_profile(write(text, 0o600))
    except ValueError:
        assert "canary" not in traceback.format_exc()
        assert "broker enroll --profile fixer" in traceback.format_exc()
    else:
        pytest.fail("was read")


def test_where_there_is_none_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="broker enroll --profile fixer"):
        load_profile({"XDG_CONFIG_HOME": str(tmp_path), "BROKER_PROFILE": "fixer"})
    with pytest.raises(ValueError, match="named by"):
        load_profile({"BROKER_PROFILE": "../fixer"})


@pytest.mark.parametrize(
    "text", ["", "{}", '{"kty": "EC", "crv": "P-256", "d": "canary", "x": "a", "y": "b"}', "canary"]
)
def test_what_is_no_key_is_not_quoted(text: str) -> None:
    try:
        ClientKey.from_jwk(Secret(text))
    except TypeError:
        assert "canary" not in traceback.format_exc()
    else:
        pytest.fail("was taken")


def test_a_key_is_written_as_it_is_read() -> None:
    key = ClientKey.generate()
    assert ClientKey.from_jwk(key.private_jwk).thumbprint == key.thumbprint


ENV = {"BROKER_URL": "https://broker.example", "BROKER_AGENT": "fixer"}


def test_the_platform_says_who_it_is_and_the_token_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    workload = workload_from({**ENV, "BROKER_WORKLOAD_TOKEN_FILE": str(file)})
    assert workload and workload.principal == "agent:fixer"
    for text in ("a.b.c", "d.e.f\n"):
        file.write_text(text)
        assert workload.token().expose() == text.strip()
    file.write_text("canary")
    with pytest.raises(ValueError, match="not a JWT") as raised:
        workload.token()
    assert "canary" not in str(raised.value)


def test_nothing_of_a_platform_is_used_that_is_not_all_there() -> None:
    assert workload_from(ENV) is None
    assert workload_from({**ENV, "BROKER_WORKLOAD_TOKEN": "a.b.c", "BROKER_PROFILE": "fixer"}) is None
    with pytest.raises(ValueError):
        workload_from({**ENV, "BROKER_AGENT": "Fixer!", "BROKER_WORKLOAD_TOKEN": "a.b.c"})
    with pytest.raises(ValueError):
        workload_from({**ENV, "BROKER_URL": "http://broker.example", "BROKER_WORKLOAD_TOKEN": "a.b.c"})


def test_a_token_of_the_platform_lends_the_key_once_and_the_key_signs_from_then_on() -> None:
    fake = FakeBroker()
    given = iter([Secret("a.b.c"), Secret("d.e.f")])
    broker = fake.broker(workload=lambda: next(given))

    def sign_in() -> None:
        fake.now = fake.now.replace(hour=fake.now.hour + 1)
        broker.task("tsk_1")

    def assertions() -> list[str]:
        return [parse_qs(request.content.decode())["assertion"][0] for request in fake.asked("/oauth/token")]

    sign_in()
    sign_in()
    assert assertions()[0] == "a.b.c" and assertions()[1].count(".") == 2 and len(assertions()[1]) > 100
    # The broker has forgotten the key.
    fake.first["/oauth/token"] = [problem(401, "unauthenticated")]
    sign_in()
    assert assertions()[3] == "d.e.f"
    fake.first["/oauth/token"] = [problem(403, "denied")]
    with pytest.raises(BrokerApiError):
        sign_in()


def test_signing_in_ahead_says_nothing_of_what_the_first_call_will_say() -> None:
    fake = FakeBroker()
    fake.first["/oauth/token"] = [problem(401, "unauthenticated"), problem(401, "unauthenticated")]
    broker = fake.broker()
    broker.sign_in()
    with pytest.raises(BrokerApiError):
        broker.task("tsk_1")
    broker.sign_in()
    broker.task("tsk_1")
    assert len(fake.asked("/oauth/token")) == 3

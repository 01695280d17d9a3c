"""The files for running the bot under a supervisor: what they take away from it, and that nothing secret is in them."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import build_parser
from bot.running.stopping import HARD_SECONDS
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / ".deploy"
UNITS = ("rapporteur.service", "rapporteur-backup.service")
HARDENING = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "DynamicUser": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "UMask": "0077",
    "LimitCORE": "0",
}
SECONDS = {"s": 1, "min": 60, "h": 3600}


class Several(dict[str, Any]):
    """The settings of a section, of which some are given several times."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self and isinstance(value, list):
            self[name].extend(value)
        else:
            super().__setitem__(name, value)


def unit(name: str) -> configparser.RawConfigParser:
    """A unit of systemd; a setting that is given several times has a line for each."""
    found = configparser.RawConfigParser(
        strict=False, dict_type=Several, delimiters="=", comment_prefixes="#", interpolation=None
    )
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return found


def seconds(text: str) -> float:
    """A time span of systemd's, in seconds."""
    matched = re.fullmatch(r"(\d+)(s|min|h)?", text)
    assert matched is not None
    return int(matched[1]) * SECONDS[matched[2] or "s"]


# systemd


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_may_do_no_more_than_it_must(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service[key] for key in HARDENING} == HARDENING
    assert service["SystemCallFilter"].split("\n") == ["@system-service", "~@privileged"]
    assert "AF_UNIX" in service["RestrictAddressFamilies"].split()
    assert "AF_NETLINK" not in service["RestrictAddressFamilies"]


def test_the_bot_is_started_anew_unless_a_setting_is_wrong_and_has_the_time_to_stop() -> None:
    service = unit("rapporteur.service")["Service"]
    assert (service["Type"], service["Restart"], service["RestartPreventExitStatus"]) == ("notify", "on-failure", "2")
    needed = Settings.model_fields["drain_seconds"].default + HARD_SECONDS
    assert needed < seconds(service["TimeoutStopSec"]) < seconds(service["WatchdogSec"])
    assert unit("rapporteur.service")["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("name", UNITS)
def test_no_unit_holds_a_secret_and_each_setting_in_it_exists(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert not re.search(r"\d{6,}:[A-Za-z0-9_-]{10,}", text)
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    named = {found.removesuffix("_FILE") for found in re.findall(rf"{PREFIX}[A-Z_]+", text)}
    assert named <= known
    assert PREFIX + "TELEGRAM_TOKEN=" not in text


def test_the_token_is_handed_over_under_the_name_of_its_setting() -> None:
    name, _, path = unit("rapporteur.service")["Service"]["LoadCredential"].partition(":")
    assert name in Settings.model_fields
    assert path.startswith("/etc/")


@pytest.mark.parametrize("name", UNITS)
def test_what_a_unit_starts_is_a_command_of_the_program(name: str) -> None:
    started = unit(name)["Service"]["ExecStart"]
    command = re.search(r"/opt/rapporteur/bin/rapporteur (\w+)", started)
    assert command is not None
    action = next(action for action in build_parser()._actions if action.dest == "command")
    assert command[1] in (action.choices or ())


def test_the_backup_is_made_every_day_and_made_up_for() -> None:
    timer = unit("rapporteur-backup.timer")["Timer"]
    assert timer["OnCalendar"].startswith("*-*-* ")
    assert timer["Persistent"] == "true"
    assert unit("rapporteur-backup.service")["Service"]["Type"] == "oneshot"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_little_that_could_be_taken_away() -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", *(str(DEPLOY / name) for name in UNITS)],  # noqa: S607 - whichever there is
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr


# Containers


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, each with what follows it, in order."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.split("\n"))]


KNOWN = {
    *("FROM", "RUN", "COPY", "ADD", "ENV", "WORKDIR", "VOLUME", "USER", "STOPSIGNAL", "HEALTHCHECK"),
    *("ENTRYPOINT", "CMD", "EXPOSE", "LABEL", "ARG"),
}


def final() -> list[tuple[str, str]]:
    """The instructions of the last stage."""
    found = instructions()
    return found[max(place for place, (name, _) in enumerate(found) if name == "FROM") :]


def test_every_instruction_is_one_and_the_build_has_two_stages() -> None:
    assert {name for name, _ in instructions()} <= KNOWN
    assert [rest.partition(" AS ")[0] for name, rest in instructions() if name == "FROM"] == [
        "docker.io/library/python:3.11-slim-bookworm"
    ] * 2


def test_it_runs_as_a_user_without_rights_and_is_looked_after() -> None:
    last = dict(final())
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last["USER"])
    assert last["STOPSIGNAL"] == "SIGTERM"
    options, _, command = last["HEALTHCHECK"].partition(" CMD ")
    program, option, source = json.loads(command)
    assert (Path(program).name, option) == ("python", "-c")
    compile(source, "healthcheck", "exec")
    assert "/healthz" in source
    assert "--timeout=" in options
    assert json.loads(last["ENTRYPOINT"])[-1] == "/opt/rapporteur/bin/rapporteur"
    assert json.loads(last["CMD"]) == ["run"]


def test_the_last_stage_has_no_tools_to_build_with_and_only_what_was_built() -> None:
    copied = [rest for name, rest in final() if name == "COPY"]
    assert all(rest.startswith("--from=build ") for rest in copied)
    installed = " ".join(rest for name, rest in final() if name == "RUN")
    assert not re.search(r"\b(gcc|g\+\+|make|build-essential|git|curl|wget)\b", installed)
    assert "pip uninstall" in installed
    assert not [rest for name, rest in final() if name == "RUN" and "pip install" in rest]


def test_nothing_is_fetched_by_address_and_no_secret_is_in_a_layer() -> None:
    assert not [rest for name, rest in instructions() if name in ("ADD", "ARG")]
    variables = " ".join(rest for name, rest in instructions() if name == "ENV")
    assert not re.search(r"TOKEN|SECRET|PASSWORD|KEY", variables)
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", variables)) <= known
    assert not re.search(r"\d{6,}:[A-Za-z0-9_-]{10,}", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))


@pytest.mark.parametrize("ignored", [ROOT / ".containerignore", DEPLOY / "Containerfile.dockerignore"])
def test_only_what_the_program_is_made_of_can_be_copied(ignored: Path) -> None:
    lines = [line for line in ignored.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]
    assert lines[0] == "*"
    copied = {
        source
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == copied
    assert all((ROOT / source).exists() for source in copied)


def test_the_example_for_compose_takes_away_what_the_bot_does_not_need() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["rapporteur"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == dict(final())["USER"]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]  # noqa: S108 - a mount of a container
    assert dict(final())["VOLUME"] == "/data"
    assert "data:/data" in service["volumes"]
    assert all(mount.endswith(":ro") for mount in service["volumes"] if mount != "data:/data")
    assert set(service["secrets"]) == compose["secrets"].keys()
    needed = Settings.model_fields["drain_seconds"].default + HARD_SECONDS
    assert seconds(service["stop_grace_period"]) > needed
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    assert {name.removesuffix("_FILE") for name in service["environment"]} <= known


def test_the_files_that_hold_secrets_are_not_kept_with_the_source() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split("\n")
    assert {".env", ".deploy/telegram_token"} <= set(ignored)

"""docker/ without an engine: its shape, its variables, who holds which key, what is logged."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings

from config.keyring import PLACEHOLDER
from config.management.commands.start import PARTS
from config.settings import env

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "relay", "screening", "ops", "migrate")
NGINX = (DOCKER / "nginx.conf").read_text()
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
EXAMPLE = dict(
    line.split("=", 1)
    for line in (DOCKER / ".env.example").read_text().splitlines()
    if line and not line.startswith("#")
)
VARIABLE = re.compile(r"\$\{([A-Z_]+)")

TEXTS = {"type": "array", "items": {"type": "string"}}
NAMED = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMA = {
    # The part of the compose specification that is used here; a misspelt key fails.
    "type": "object",
    "required": ["name", "services", "networks", "volumes"],
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "networks": {
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"internal": {"type": "boolean"}, "ipam": {"type": "object"}},
            }
        },
        "volumes": {"additionalProperties": {"type": "object"}},
        "services": {
            "additionalProperties": {
                "type": "object",
                "required": ["image", "restart", "networks"],
                "additionalProperties": False,
                "properties": {
                    "image": {"type": "string"},
                    "build": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "context": {"type": "string"},
                            "dockerfile": {"type": "string"},
                        },
                    },
                    "command": TEXTS,
                    "init": {"type": "boolean"},
                    "restart": {"enum": ["unless-stopped", "no"]},
                    "read_only": {"type": "boolean"},
                    "tmpfs": TEXTS,
                    "cap_drop": TEXTS,
                    "cap_add": TEXTS,
                    "user": {"type": "string"},
                    "ulimits": {
                        "additionalProperties": {"type": "integer"},
                    },
                    "security_opt": TEXTS,
                    "stop_grace_period": {"type": "string"},
                    "stop_signal": {"type": "string"},
                    "logging": {"type": "object"},
                    "ports": TEXTS,
                    "volumes": TEXTS,
                    "networks": {
                        "anyOf": [
                            TEXTS,
                            {
                                "additionalProperties": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "properties": {"ipv4_address": {"type": "string"}},
                                }
                            },
                        ]
                    },
                    "environment": NAMED,
                    "depends_on": {
                        "additionalProperties": {
                            "type": "object",
                            "required": ["condition"],
                            "properties": {
                                "condition": {
                                    "enum": [
                                        "service_healthy",
                                        "service_completed_successfully",
                                    ]
                                }
                            },
                        }
                    },
                    "healthcheck": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "test": TEXTS,
                            "interval": {"type": "string"},
                            "timeout": {"type": "string"},
                            "retries": {"type": "integer"},
                            "disable": {"type": "boolean"},
                        },
                    },
                },
            }
        },
    },
}


def test_compose_has_the_shape_of_a_compose_file() -> None:
    jsonschema.validate(COMPOSE, SCHEMA)


def test_no_service_uses_a_network_or_volume_that_is_not_there() -> None:
    networks = {name for service in SERVICES.values() for name in service["networks"]}
    volumes = {
        mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", ())
    }
    named = {volume for volume in volumes if not volume.startswith((".", "/"))}
    assert networks <= COMPOSE["networks"].keys()
    assert named <= COMPOSE["volumes"].keys()
    assert all((DOCKER / path).exists() for path in volumes - named - {"./certificates"})


def test_nobody_depends_on_a_service_that_is_not_there() -> None:
    wanted = {name for service in SERVICES.values() for name in service.get("depends_on", ())}
    assert wanted <= SERVICES.keys()


@pytest.mark.parametrize("service", OURS)
def test_every_variable_given_to_a_process_is_one_that_the_settings_read(service: str) -> None:
    assert settings.configured
    assert set(SERVICES[service]["environment"]) <= env.declared.keys()


def test_the_example_names_every_variable_that_compose_wants_and_no_other() -> None:
    assert set(VARIABLE.findall((DOCKER / "compose.yml").read_text())) == EXAMPLE.keys()


def test_the_image_sets_only_what_the_settings_read() -> None:
    assert settings.configured
    names = set(re.findall(r"^(?:ENV|   ) ?([A-Z_]+)=", DOCKERFILE, re.MULTILINE))
    other = {
        "PATH",
        "PIP_NO_CACHE_DIR",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
        "DJANGO_SETTINGS_MODULE",
    }
    assert names - other <= env.declared.keys()


def test_the_example_holds_no_secret() -> None:
    secret = re.compile(r"KEY|PASSWORD")
    values = {value for name, value in EXAMPLE.items() if secret.search(name)}
    assert values - {""} == {PLACEHOLDER}


def test_a_process_holds_its_own_keys_only() -> None:
    holders = {
        key: {name for name in OURS if key in SERVICES[name]["environment"]}
        for key in (
            "EVIDENCE_PRIVATE_KEY",
            "EVIDENCE_PRIVATE_KEYS_BEFORE",
            "AUDIT_ANCHOR_KEY",
            "DATABASE_OWNER_URL",
        )
    }
    assert holders == {
        "EVIDENCE_PRIVATE_KEY": {"web"},
        "EVIDENCE_PRIVATE_KEYS_BEFORE": {"web"},
        "AUDIT_ANCHOR_KEY": {"ops"},
        "DATABASE_OWNER_URL": {"migrate"},
    }


def test_every_process_has_a_redis_user_of_its_own() -> None:
    for name in ("web", "relay", "screening", "ops"):
        assert SERVICES[name]["environment"]["REDIS_URL"].startswith(f"redis://{name}:")


def test_what_decodes_strangers_bytes_holds_its_redis_password_and_no_other_secret() -> None:
    secrets = re.compile(r"KEY|PASSWORD|_URL")
    held = SERVICES["screening"]["environment"]
    # A public key seals and opens nothing.
    assert {name for name in held if secrets.search(name)} == {"REDIS_URL", "EVIDENCE_PUBLIC_KEY"}
    assert set(VARIABLE.findall(str(held))) == {
        *("REDIS_SCREENING_PASSWORD", "SCREENING_PROCESSES", "LOG_LEVEL"),
        *("EVIDENCE_PUBLIC_KEY", "PREVALENCE_FRAMES_PER_HOUR", "PREVALENCE_DAY_MAX"),
    }


def test_only_nginx_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert [name for name, one in SERVICES.items() if "outside" in one["networks"]] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_nginx_finds_a_container_that_was_made_anew_and_is_the_only_trusted_proxy() -> None:
    addresses = {
        name: service["networks"]["pages"]["ipv4_address"]
        for name, service in SERVICES.items()
        if "pages" in service["networks"]
    }
    assert addresses.keys() == {"nginx", "web", "relay"}
    network = ip_network(COMPOSE["networks"]["pages"]["ipam"]["config"][0]["subnet"])
    assert len(set(addresses.values())) == 3
    assert all(ip_address(address) in network for address in addresses.values())
    for name in ("web", "relay"):
        trusted = SERVICES[name]["environment"]["TRUSTED_PROXIES"]
        assert trusted == f"{addresses['nginx']}/32"


def test_who_holds_sockets_may_open_more_files_than_an_engine_grants() -> None:
    for name in ("nginx", "web", "relay"):
        assert SERVICES[name]["ulimits"]["nofile"] >= 2 * 8192


@pytest.mark.parametrize("service", OURS)
def test_a_process_changes_nothing_in_its_image_and_gains_no_rights(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert "cap_add" not in SERVICES[service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_has_no_rights_but_those_it_names(service: str) -> None:
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]


def test_the_image_runs_as_a_user_without_rights_and_says_how_it_is() -> None:
    final = DOCKERFILE.split("\nFROM ")[-1]
    (user,) = re.findall(r"^USER (\d+):\d+$", final, re.MULTILINE)
    assert f"useradd --uid {user} " in final
    assert "HEALTHCHECK" in final
    assert final.index("USER ") < final.index("ENTRYPOINT")


def test_what_the_image_copies_is_there_and_is_sent_to_the_engine() -> None:
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in sources.split()
    }
    assert copied
    # An empty folder is in nobody else's checkout.
    assert [one for one in copied if not any(_files(ROOT / one))] == []
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert {source.split("/")[0] for source in copied} == sent


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]


def test_the_image_holds_no_compiler_and_packages_that_want_one_are_refused() -> None:
    (install,) = re.findall(r"/pip install ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    assert {"--only-binary", ":all:", "--require-hashes"} <= set(install.split())
    assert "apt-get" not in DOCKERFILE


@pytest.mark.parametrize("service", ["web", "relay", "screening", "ops"])
def test_a_process_is_started_as_a_part_that_exists(service: str) -> None:
    assert SERVICES[service]["command"] == ["start", service]
    assert service in PARTS


def test_postgresql_logs_no_values_and_redis_keeps_nothing() -> None:
    assert "log_min_error_statement=panic" in SERVICES["postgresql"]["command"]
    start = (DOCKER / "redis" / "start.sh").read_text()
    assert '--save "" --appendonly no' in start
    assert not SERVICES["redis"]["volumes"][0].startswith("redis")


def test_redis_is_not_root_and_lets_its_users_in_from_other_containers() -> None:
    assert SERVICES["redis"]["user"] == "valkey"
    assert "--protected-mode no" in (DOCKER / "redis" / "start.sh").read_text()


def test_nginx_logs_neither_addresses_nor_query_strings() -> None:
    (log_format,) = re.findall(r"log_format (\w+) '([^']*)'", NGINX)
    assert log_format[0] == re.findall(r"access_log \S+ (\w+);", NGINX)[0]
    for forbidden in ("$remote_addr", "$request ", "$request_uri", "$args", "$http_", "$uri"):
        assert forbidden not in log_format[1]
    assert re.findall(r"^\s*error_log (.*);", NGINX, re.MULTILINE) == ["stderr emerg"]


def test_nginx_keeps_metrics_inside_and_forged_addresses_out() -> None:
    assert re.search(r"location = /metrics \{\s*return 404;", NGINX)
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "$proxy_add_x_forwarded_for" not in NGINX


def test_nginx_stops_at_once_though_sockets_are_open_and_a_reload_cuts_none() -> None:
    assert SERVICES["nginx"]["stop_signal"] == "SIGTERM"
    assert "worker_shutdown_timeout 1h;" in NGINX


def test_nginx_braces_are_closed() -> None:
    bare = re.sub(r"#.*", "", NGINX)
    assert bare.count("{") == bare.count("}")

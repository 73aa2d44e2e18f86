"""docker/ without an engine: its shape, its variables, who holds which key, what is logged."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings

from config.checks import PLACEHOLDER
from config.management.commands.start import PARTS
from config.settings import env

DOCKER = Path(__file__).resolve().parents[2] / "docker"
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
                    "security_opt": TEXTS,
                    "stop_grace_period": {"type": "string"},
                    "logging": {"type": "object"},
                    "ports": TEXTS,
                    "volumes": TEXTS,
                    "networks": TEXTS,
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
    assert {value for name, value in EXAMPLE.items() if secret.search(name)} == {PLACEHOLDER}


def test_a_process_holds_its_own_keys_only() -> None:
    holders = {
        key: {name for name in OURS if key in SERVICES[name]["environment"]}
        for key in ("EVIDENCE_PRIVATE_KEY", "AUDIT_ANCHOR_KEY", "DATABASE_OWNER_URL")
    }
    assert holders == {
        "EVIDENCE_PRIVATE_KEY": {"web"},
        "AUDIT_ANCHOR_KEY": {"ops"},
        "DATABASE_OWNER_URL": {"migrate"},
    }


def test_every_process_has_a_redis_user_of_its_own() -> None:
    for name in ("web", "relay", "screening", "ops"):
        assert SERVICES[name]["environment"]["REDIS_URL"].startswith(f"redis://{name}:")


def test_only_nginx_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert [name for name, one in SERVICES.items() if "outside" in one["networks"]] == ["nginx"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("service", OURS)
def test_a_process_runs_without_rights_it_does_not_need(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service]["cap_drop"] == ["ALL"]


def test_the_image_runs_as_a_user_without_rights_and_says_how_it_is() -> None:
    final = DOCKERFILE.split("\nFROM ")[-1]
    assert "USER parley" in final
    assert "HEALTHCHECK" in final
    assert final.index("USER parley") < final.index("ENTRYPOINT")


@pytest.mark.parametrize("service", ["web", "relay", "screening", "ops"])
def test_a_process_is_started_as_a_part_that_exists(service: str) -> None:
    assert SERVICES[service]["command"] == ["start", service]
    assert service in PARTS


def test_postgresql_logs_no_values_and_redis_keeps_nothing() -> None:
    assert "log_min_error_statement=panic" in SERVICES["postgresql"]["command"]
    start = (DOCKER / "redis" / "start.sh").read_text()
    assert '--save "" --appendonly no' in start
    assert not SERVICES["redis"]["volumes"][0].startswith("redis")


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


def test_nginx_braces_are_closed() -> None:
    bare = re.sub(r"#.*", "", NGINX)
    assert bare.count("{") == bare.count("}")

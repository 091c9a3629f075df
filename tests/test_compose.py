"""docker-compose.yml and Dockerfile, read by a parser: no Docker is needed to see mistakes."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "skills-portal"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_process_of_the_portal_is_there():
    assert set(OURS) == {"migrate", "web", "worker", "beat", "backup"}
    assert set(SERVICES) - set(OURS) == {"postgres", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_little(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_nothing_starts_before_the_migrations_are_done(name):
    assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_ends_is_started_again(name):
    assert SERVICES[name]["restart"] in {"unless-stopped", "on-failure:3"}


def test_every_volume_that_is_used_is_declared():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(("/", "."))
    }
    assert used == set(COMPOSE["volumes"])


def test_redis_keeps_every_message():
    command = SERVICES["redis"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_the_proxy_reaches_the_portal():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def test_the_image_is_not_run_by_root_and_holds_no_test_packages():
    user = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)
    assert user == ["portal"]
    assert "requirements-dev" not in DOCKERFILE
    assert "requirements-local" not in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE


def test_the_image_holds_every_room():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    copied = re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    for room in [*rooms, "templates"]:
        assert room in copied
        assert f"!{room}" in ignored


def test_client_programs_are_of_the_server_s_version():
    """An older pg_dump refuses a newer server."""
    server = re.match(r"postgres:(\d+)", SERVICES["postgres"]["image"])[1]
    assert f"postgresql-client-{server}" in DOCKERFILE

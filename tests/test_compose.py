"""docker-compose.yml and Dockerfile, read by a parser: no Docker is needed to see mistakes."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "skills-portal"}
NGINX = (ROOT / "proxy/nginx.conf").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_process_of_the_portal_is_there():
    assert set(OURS) == {"migrate", "web", "worker", "beat", "backup"}
    assert set(SERVICES) - set(OURS) == {"postgres", "redis", "proxy"}


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_what_strangers_can_talk_to_may_do_little(name):
    service = SERVICES[name]
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


def test_only_the_proxy_can_be_reached_and_it_alone_reaches_the_web_server():
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"proxy": ["80:8080", "443:8443"]}
    assert [name for name, one in SERVICES.items() if "front" in one.get("networks", [])] == [
        "web",
        "proxy",
    ]
    assert SERVICES["proxy"]["networks"] == ["front"]  # neither PostgreSQL nor Redis
    assert COMPOSE["x-portal"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"


def test_the_proxy_is_not_root_and_keeps_nothing():
    proxy = SERVICES["proxy"]
    assert proxy["user"] == "101:101"
    assert all(volume.endswith(":ro") for volume in proxy["volumes"])
    assert re.findall(r"_temp_path (\S+?)/", NGINX) == ["/tmp"] * 5
    assert "pid /tmp/nginx.pid;" in NGINX


def test_http_becomes_https_and_old_tls_is_refused():
    plain, secure = NGINX.split("listen ")[1:]
    assert plain.startswith("8080 default_server;\n    return 308 https://$host$request_uri;")
    assert secure.startswith("8443 ssl default_server;")
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in secure


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Host", "$host"),
        ("X-Forwarded-For", "$remote_addr"),  # not what the visitor says, and then the address
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", '""'),
        ("Forwarded", '""'),
        ("X-Request-ID", "$request_id"),
        ("X-Request-Start", "t=$msec"),
    ],
)
def test_the_proxy_alone_says_what_the_portal_believes_of_a_visitor(header, value):
    assert NGINX.count(f"proxy_set_header {header} {value};") == 1
    assert NGINX.count(f"proxy_set_header {header} ") == 1


def test_the_proxy_logs_nothing_personal():
    (line,) = re.findall(r"log_format plain '(.+)';", NGINX)
    assert set(line.split()) == {
        *("$time_iso8601", "$request_method", "$status", "$request_time", "$request_id")
    }


def test_a_migration_gives_up_a_lock_it_cannot_have():
    assert SERVICES["migrate"]["environment"]["LOCK_TIMEOUT_SECONDS"] == 5
    assert SERVICES["migrate"]["restart"] == "on-failure:3"


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

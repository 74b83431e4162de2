#!/usr/bin/python3
"""Whether the files under deploy agree with each other, with the configuration and with the alerts.

Run by tests/deploy/run from the root of the repository; says every disagreement and ends with 1 if there is one.
"""

import ipaddress
import re
import sys
import tomllib
from pathlib import Path

import yaml

problems = []


def expect(holds, what):
    """Notes what does not hold."""
    if not holds:
        problems.append(what)


def read(path):
    return Path(path).read_text(encoding="utf-8")


def one(pattern, text, what):
    """The only thing that a pattern finds, in text without its comments."""
    found = set(re.findall(pattern, re.sub(r"(?m)^\s*#.*$", "", text), re.MULTILINE))
    expect(len(found) == 1, f"{what}: {sorted(found) or 'nothing'}")
    return found.pop() if len(found) == 1 else "0"


CONFIG = tomllib.loads(read("config/daybreak.toml"))
HAPROXY = read("deploy/haproxy/haproxy.cfg")
UNIT = read("deploy/systemd/daybreak.service")
COMPOSE = yaml.safe_load(read("deploy/compose.yml"))
NODES = {name: one for name, one in COMPOSE["services"].items() if name.startswith("node-")}


def balancer():
    """Numbers of the balancer beside those of the nodes behind it."""
    edge = CONFIG["edge"]
    seconds = lambda name: int(one(rf"^\s+timeout {name} (\d+)s$", HAPROXY, f"timeout {name}"))
    number = lambda name: int(one(rf"^\s+{re.escape(name)} (\d+)$", HAPROXY, name))
    expect(seconds("http-request") == edge["header_timeout_seconds"], "timeout http-request")
    expect(seconds("http-keep-alive") == edge["idle_h1_seconds"], "timeout http-keep-alive")
    expect(seconds("client") > edge["write_stall_seconds"], "timeout client cuts off before the node does")
    access = read("src/store/access.rs")
    statement = int(one(r"statement_timeout=(\d+)s", access, "the statement timeout of nodes"))
    expect(seconds("server") > statement, "timeout server is below a statement's")
    head = number("tune.bufsize") - number("tune.maxrewrite")
    expect(head >= edge["header_bytes_max"], "tune.bufsize is too small for edge.header_bytes_max")
    expect(number("tune.h2.max-concurrent-streams") == edge["h2_streams_max"], "streams")
    purge = int(one(r"pool-purge-delay (\d+)s", HAPROXY, "pool-purge-delay"))
    expect(purge * 3 < edge["idle_h1_seconds"], "a full node closes connections before the balancer does")
    most = int(one(r"sc0_conn_cur gt (\d+)", HAPROXY, "connections of an address"))
    expect(most == edge["connections_per_address_max"], "connections of one address")
    backends = HAPROXY.split("\nbackend ")[1:]
    for backend in backends:
        expect("disable-l7-retry if !{ method GET HEAD }" in backend, "a form may be sent twice")
        expect("send-proxy-v2" in backend, "nodes do not learn who it is")
        expect(not re.search(r"^\s+(default-)?server .*\bmaxconn\b", backend, re.MULTILINE), "it queues")


def addresses():
    """The same nodes everywhere."""
    servers = re.findall(r"^\s+server (node-\d) (\S+):(\d+)$", HAPROXY, re.MULTILINE)
    half = len(servers) // 2
    expect(servers[:half] == servers[half:] and half == 3, "the two backends differ")
    known = {name: address for name, address, _ in servers}
    composed = {name: one["networks"]["nodes"]["ipv4_address"] for name, one in NODES.items()}
    expect(known == composed, f"haproxy.cfg {known}, compose.yml {composed}")
    watched = yaml.safe_load(read("deploy/prometheus/nodes.yml"))[0]["targets"]
    ops = CONFIG["server"]["ops_address"].rsplit(":", 1)[1]
    expect(watched == [f"{address}:{ops}" for address in known.values()], f"prometheus reads {watched}")
    probed = one(r"check port (\d+)", HAPROXY, "the port of probes")
    expect(probed == ops, f"probes ask at {probed}, nodes answer at {ops}")
    ports = {address.rsplit(":", 1)[1] for address in CONFIG["server"]["addresses"]}
    expect(ports == {port for *_, port in servers}, "the port of nodes")
    hba = re.findall(r"^hostssl\s+daybreak\s+\S+\s+(\S+)", read("deploy/postgres/pg_hba.conf"), re.MULTILINE)
    expect(len(hba) == 2, "the four roles come over TLS")
    for network in map(ipaddress.ip_network, hba):
        for address in known.values():
            expect(ipaddress.ip_address(address) in network, f"pg_hba.conf refuses {address}")
    origin = CONFIG["server"]["origin"].removeprefix("https://")
    name = one(r"sni str\((\S+)\)", HAPROXY, "sni")
    expect(name == origin == one(r"verifyhost (\S+)", HAPROXY, "verifyhost"), "the name of the service")


def unit():
    """What stops and limits a node, and where it lies."""
    drain, notice = CONFIG["edge"]["drain_seconds"], CONFIG["server"]["notice_seconds"]
    for what, text in [
        ("TimeoutStopSec", one(r"^TimeoutStopSec=(\d+)$", UNIT, "TimeoutStopSec")),
        *((name, node["stop_grace_period"].removesuffix("s")) for name, node in NODES.items()),
    ]:
        expect(int(text) >= notice + 2 * drain + 15, f"{what}: a drain of {drain} s is cut off")
    probe, fall = one(r"check port .* inter (\d+)s ", HAPROXY, "inter"), one(r" fall (\d+) ", HAPROXY, "fall")
    expect(notice > int(probe) * int(fall), "a node closes its door before the balancer knows")
    files = int(one(r"^LimitNOFILE=(\d+)$", UNIT, "LimitNOFILE"))
    expect(files * 0.8 >= 100_000, "LimitNOFILE")
    for name, node in NODES.items():
        expect(node["ulimits"]["nofile"] == files, f"{name}: nofile")
        expect(node["read_only"] and node["cap_drop"] == ["ALL"], f"{name} is not closed")
    install = read("deploy/install")
    releases = one(r"^RELEASES=(\S+)$", install, "RELEASES")
    config = one(r"^CONFIG=(\S+)$", install, "CONFIG")
    wanted = f"{releases}/current/daybreak serve --config {config}/daybreak.toml"
    expect(wanted == one(r"^ExecStart=(.*)$", UNIT, "ExecStart"), "the unit starts something else")
    state = "/var/lib/" + one(r"^StateDirectory=(\S+)$", UNIT, "StateDirectory")
    expect(CONFIG["server"]["state"].startswith(f"{state}/"), "the state lies outside of its folder")


def database():
    """Pools of all nodes fit, with one more node and some for people."""
    conf = read("deploy/postgres/daybreak.conf")
    most = int(one(r"^max_connections = (\d+)$", conf, "max_connections"))
    of_node = 3 * CONFIG["database"]["connections_max"]
    expect(most >= of_node * (len(NODES) + 1) + 20, f"max_connections {most} for nodes of {of_node}")
    archive = one(r"archive_directory = '(\S+)'", conf, "the archive")
    backups = one(r"^ExecStart=\S+ (\S+)$", read("deploy/systemd/daybreak-backup.service"), "backups")
    expect(archive == f"{backups}/wal", "backups look for WAL elsewhere than it is")
    roles = set(re.findall(r"ROLE (daybreak_\w+)", read("deploy/postgres/roles.sql")))
    named = set(re.findall(r"daybreak_(?:owner|app|node|worker)\b", read("deploy/postgres/pg_hba.conf")))
    expect(roles == named, f"roles.sql {roles}, pg_hba.conf {named}")


def leaves(table, path=""):
    for key, value in table.items():
        whole = f"{path}.{key}" if path else key
        yield from leaves(value, whole) if isinstance(value, dict) else [(whole, value)]


def containers():
    """Whatever a service mounts is there, and what a node is told to read is mounted."""
    known = dict(leaves(CONFIG))
    own = tomllib.loads(read("deploy/compose/daybreak.toml"))
    balancer = COMPOSE["services"]["haproxy"]["networks"]["nodes"]["ipv4_address"]
    expect(own["edge"]["balancers"] == [balancer], f"nodes do not believe {balancer}")
    for key, value in leaves(own):
        expect(key in known, f"compose/daybreak.toml: there is no {key}")
        if isinstance(value, str) and value.startswith("/run/secrets/"):
            name = value.removeprefix("/run/secrets/")
            expect(all(name in node["secrets"] for node in NODES.values()), f"no secret {name}")
    for name, service in COMPOSE["services"].items():
        image = service["image"]
        expect(re.search(r":v?\d", image), f"{name}: {image} is not pinned")
        for secret in service.get("secrets", []):
            expect(secret in COMPOSE["secrets"], f"{name}: no secret {secret}")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("."):
                expect(source in COMPOSE["volumes"], f"{name}: no volume {source}")
            elif not source.startswith("./secrets/"):
                expect(Path(source).exists(), f"{name}: no {source}")
    stages = re.findall(r"^FROM (\S+)", read("deploy/Containerfile"), re.MULTILINE)
    expect(all(re.search(r":\d+\.\d+", stage) for stage in stages), f"not pinned: {stages}")
    rust = one(r'^rust-version = "([\d.]+)"', read("Cargo.toml"), "rust-version")
    expect(any(f"/rust:{rust}" in stage for stage in stages), f"the image of Rust is not {rust}")
    expect(re.search(r"^USER [1-9]\d*:", read("deploy/Containerfile"), re.MULTILINE), "it runs as root")


def alarms():
    """Every severity has its receiver, and what is kept back is a known alert."""
    rules = [
        rule
        for path in Path("dashboards/alerts").glob("*.yml")
        for group in yaml.safe_load(read(path))["groups"]
        for rule in group["rules"]
    ]
    severities = {rule["labels"]["severity"] for rule in rules}
    manager = yaml.safe_load(read("deploy/alertmanager/alertmanager.yml"))
    routed = {m.split('"')[1] for route in manager["route"]["routes"] for m in route["matchers"]}
    expect(severities == routed, f"alerts have {severities}, routes are for {routed}")
    names = {rule["alert"] for rule in rules}
    for inhibition in manager["inhibit_rules"]:
        for matcher in inhibition["source_matchers"] + inhibition["target_matchers"]:
            for name in matcher.split('"')[1].split("|"):
                expect(name in names, f"alertmanager.yml: no alert {name}")


for check in (balancer, addresses, unit, database, containers, alarms):
    check()
for problem in problems:
    print(f"deploy: {problem}", file=sys.stderr)
sys.exit(1 if problems else 0)

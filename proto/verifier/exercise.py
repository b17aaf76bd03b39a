#!/usr/bin/env python3
"""Writes the village of scenario.py into a fresh server, as its operator.

    exercise.py http://127.0.0.1:3000 <claim link> [--seed N] [--days N]

Then entries that break one rule of admission each: the server must refuse them
with the code that the documents give, which is what the verifier's own ledger
says about them. Afterwards verify.py compares everything.
"""

import argparse
import base64
import importlib
import sys
import tempfile

import grpc
from grpc_tools import protoc

import rules
import wire
from disagreement import Disagreement, must
from ledger import Ledger
from replay import replay_entries
from scenario import Village
from source import Server


def session_service():
    """The messages of SessionService, compiled from its .proto file."""
    with tempfile.TemporaryDirectory(prefix="erynoa-api-") as folder:
        name = "erynoa/api/v1/session_service"
        code = protoc.main(["protoc", f"-I{wire.PROTO}", f"--descriptor_set_out={folder}/set", f"{wire.PROTO}/{name}.proto"])
        if code != 0:
            raise RuntimeError("the .proto files do not compile")
        pool = importlib.import_module("google.protobuf.descriptor_pool").Default()
        files = importlib.import_module("google.protobuf.descriptor_pb2").FileDescriptorSet()
        with open(f"{folder}/set", "rb") as file:
            files.ParseFromString(file.read())
        for file in files.file:
            pool.Add(file)
        factory = importlib.import_module("google.protobuf.message_factory")
        return factory.GetMessageClassesForFiles([f"{name}.proto"], pool)


def claim(url: str, token: str, village: Village) -> None:
    """Signs the founder in and makes it the operator: the root realm begins."""
    kinds = session_service()
    address = url.removeprefix("http://")
    founder, key = village.founder, village.founder.keys[0]
    name = wire.did(founder.namespace, founder.uid)
    with grpc.insecure_channel(address) as channel:

        def call(method: str, request: dict, metadata=()):
            ask, answer = (kinds[f"erynoa.api.v1.{method}{end}"] for end in ("Request", "Response"))
            path = f"/erynoa.api.v1.SessionService/{method}"
            send = channel.unary_unary(path, ask.SerializeToString, answer.FromString)
            return send(ask(**request), metadata=metadata, timeout=30)

        challenge = call("CreateChallenge", {"identity": name})
        message = b"ERYNOA-SIGN-IN-V1" + challenge.challenge + founder.uid + challenge.origin.encode()
        signed_in = call(
            "SignIn",
            {
                "identity": name,
                "challenge": challenge.challenge,
                "public_key": key.key,
                "signature": key.sign(message),
            },
        )
        bearer = (("authorization", f"Bearer {signed_in.tokens.access_token}"),)
        call("ClaimInstallation", {"claim_token": token, "realm_name": "Village"}, bearer)


def submit(server: Server, entry: bytes) -> str | None:
    """Gives the code of the refusal, or None."""
    signed = wire.event_pb.SignedEvent.FromString(entry)
    body = {
        name: base64.b64encode(getattr(signed, name)).decode()
        for name in ("event", "public_key", "signature")
    }
    status, answer = server.post("/api/v1/events", body)
    return None if status == 200 else answer["error"]["code"]


def run(url: str, link: str, seed: int, days: int) -> None:
    server = Server(url)
    sent: list[bytes] = []

    def accepted(entry: bytes) -> bool:
        code = submit(server, entry)
        must(code is None, "EVENT_REFUSED", f"{code} for {wire.decode_entry(entry)[1]}")
        sent.append(entry)
        return True

    realm = bytes.fromhex(server.json("/api/v1/info")["root_realm"])
    village = Village(seed, realm, accepted)
    village.found()
    claim(url, link.partition("#")[2].strip() or link, village)
    village.settle()
    village.live(days // 2)
    village.hand_over()
    # The home itself counts the votes.
    village.govern(lambda *_: None)
    village.recover()
    village.live(days // 2)
    for days_later in (0, 0, 1, 0):
        village.step(days_later)
        village.cosign(replay_entries(server.copy()).ledger)
    village.leave()
    broken = village.broken()
    village.end_epoch()
    replayed = replay_entries(server.copy())
    differ = []
    for what, entry in broken:
        theirs, mine = submit(server, entry), refused_by(replayed.ledger, entry)
        if theirs is None or theirs != mine:
            differ.append(f"{what}: the server says {theirs}, the documents {mine}")
    must(not differ, "CODE_DIFFERS", "; ".join(differ))
    print(f"exercise: {len(sent)} events accepted, {len(broken)} refused with the right code")


def refused_by(ledger: Ledger, entry: bytes) -> str | None:
    try:
        ledger.append(*rules.check_entry(entry))
    except Disagreement as error:
        return error.code
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes a small village into a fresh server.")
    parser.add_argument("url")
    parser.add_argument("link", help="the claim link, or its token")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=120)
    options = parser.parse_args()
    try:
        run(options.url, options.link, options.seed, options.days)
    except Disagreement as error:
        print(f"DISAGREEMENT {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

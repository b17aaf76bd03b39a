"""Signs events: for the small log of the self-test and for the exercise."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import rules
import wire
from wire import event_pb as pb


class Signer:
    """One device key with its hash chain."""

    def __init__(self, seed: bytes) -> None:
        self._secret = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = self._secret.public_key().public_bytes_raw()
        self.head = b""
        self.coordinate = (0, 0)

    def sign(self, message: bytes) -> bytes:
        return self._secret.sign(message)

    def entry(self, author: bytes, realm: bytes, wall: int, advance: bool = True, **body) -> bytes:
        """The next entry of this key, at `wall` or just after its own last one."""
        coordinate = max((wall, 0), (self.coordinate[0], self.coordinate[1] + 1))
        parents = body.pop("parents", [])
        event = wire.encode(
            pb.Event(
                version=1,
                author=author,
                realm=realm,
                coordinate=pb.Coordinate(wall_us=coordinate[0], counter=coordinate[1]),
                prev=self.head,
                parents=parents,
                **body,
            )
        )
        if advance:
            self.head, self.coordinate = wire.event_id(event), coordinate
        signature = self.sign(wire.event_message(event))
        return wire.encode(pb.SignedEvent(event=event, public_key=self.key, signature=signature))


class Author:
    """An identity with its device keys; the first one founded it."""

    def __init__(self, seed: bytes, namespace: int = 1, controller: "Author | None" = None) -> None:
        self.keys = [Signer(seed)]
        self.namespace, self.controller = namespace, controller
        self.uid = wire.identity_uid(namespace, self.keys[0].key)

    @property
    def root(self) -> "Author":
        return self.controller.root if self.controller else self

    def created(self, wall: int, name: str, recovery: bytes = b"") -> bytes:
        controller = None
        if self.controller:
            key = self.controller.keys[0]
            consent = key.sign(b"ERYNOA-CONTROLLER-V1" + self.uid)
            controller = pb.Controller(identity=self.controller.uid, public_key=key.key, signature=consent)
        body = pb.IdentityCreated(
            namespace=self.namespace, display_name=name, recovery_key=recovery, controller=controller
        )
        return self.keys[0].entry(self.uid, wire.NULL, wall, identity_created=body)

    def key_added(self, wall: int, key: Signer) -> bytes:
        proof = key.sign(b"ERYNOA-KEY-ADDED-V1" + self.uid + key.key)
        body = pb.KeyAdded(public_key=key.key, purposes=[rules.SIGN_IN, rules.ASSERTION], countersignature=proof)
        return self.keys[0].entry(self.uid, wire.NULL, wall, key_added=body)

    def key_revoked(self, wall: int, key: bytes) -> bytes:
        return self.keys[0].entry(self.uid, wire.NULL, wall, key_revoked=pb.KeyRevoked(public_key=key))


def receipt(author: Author, performer: Author, client: Author, realm: bytes, wall: int, outcome: int, nonce: bytes) -> bytes:
    """A receipt that `author` brings and the other side has countersigned."""
    terms = pb.ReceiptTerms(realm=realm, performer=performer.uid, client=client.uid, outcome=outcome, nonce=nonce)
    other = (client if author is performer else performer).keys[0]
    body = pb.Receipt(terms=terms, countersigner_key=other.key, countersignature=other.sign(rules.terms_message(terms)))
    return author.keys[0].entry(author.uid, realm, wall, receipt=body)

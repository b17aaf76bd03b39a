//! Codes that people hand to each other: signatures that become part of
//! somebody else's event. Receipts and endorsements have the form that the
//! platform uses.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erynoa_events::{
    Controller, Endorsement, Receipt, ReceiptOutcome, SigningKey, receipt_message,
    receipt_terms_hash, verify_signature,
};
use erynoa_kernel::{IdentityId, PublicKey, RealmId, Signature};
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

/// What stands before an endorsement.
const ENDORSEMENT: &str = "erynoa-endorsement:";
/// What stands before a controller's consent.
const CONSENT: &str = "erynoa-consent:";

/// Who signs, with which key, and the signature.
type Signed = (IdentityId, PublicKey, Signature);

fn print(prefix: &str, (identity, key, signature): &Signed) -> String {
    let bytes = [identity.as_bytes().as_slice(), key.as_bytes(), signature.as_bytes()].concat();
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The parts of a code, or of a link that ends with one.
fn parse(prefix: &str, text: &str) -> Option<Signed> {
    let (_, code) = text.split_once(prefix)?;
    let bytes = URL_SAFE_NO_PAD.decode(code.trim().trim_end_matches('=')).ok()?;
    let (identity, rest) = bytes.split_first_chunk::<32>()?;
    let (key, rest) = rest.split_first_chunk::<32>()?;
    let signature: [u8; 64] = rest.try_into().ok()?;
    Some((
        IdentityId::from_bytes(*identity),
        PublicKey::from_bytes(*key),
        Signature::from_bytes(signature),
    ))
}

/// Text of an endorsement.
pub(crate) fn print_endorsement(said: &Endorsement) -> String {
    print(ENDORSEMENT, &(said.identity, said.public_key, said.signature))
}

/// The endorsement in a text.
pub(crate) fn parse_endorsement(text: &str) -> Option<Endorsement> {
    let (identity, public_key, signature) = parse(ENDORSEMENT, text)?;
    Some(Endorsement { identity, public_key, signature })
}

/// Text of a controller's consent.
pub(crate) fn print_consent(said: &Controller) -> String {
    print(CONSENT, &(said.identity, said.public_key, said.signature))
}

/// The consent in a text.
pub(crate) fn parse_consent(text: &str) -> Option<Controller> {
    let (identity, public_key, signature) = parse(CONSENT, text)?;
    Some(Controller { identity, public_key, signature })
}

/// What one side of an interaction offers to the other: the body of a receipt
/// with its own signature, and the realm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) realm: RealmId,
    pub(crate) receipt: Receipt,
}

impl Offer {
    /// Terms that `key` signs for its side.
    pub(crate) fn new(
        realm: RealmId,
        (performer, client): (IdentityId, IdentityId),
        outcome: ReceiptOutcome,
        description: String,
        nonce: [u8; 16],
        key: &SigningKey,
    ) -> Self {
        let terms_hash =
            receipt_terms_hash(&realm, &performer, &client, outcome, &description, &nonce);
        let countersignature = key.sign(&receipt_message(&terms_hash));
        let receipt = Receipt {
            performer,
            client,
            outcome,
            description,
            nonce,
            terms_hash,
            countersigner_key: key.public_key(),
            countersignature,
        };
        Self { realm, receipt }
    }

    /// Text of the offer.
    pub(crate) fn print(&self) -> String {
        let receipt = &self.receipt;
        let outcome = match receipt.outcome {
            ReceiptOutcome::Kept => pb::ReceiptOutcome::Kept,
            ReceiptOutcome::Broken => pb::ReceiptOutcome::Broken,
            ReceiptOutcome::AbortedByPerformer => pb::ReceiptOutcome::AbortedByPerformer,
            ReceiptOutcome::AbortedByClient => pb::ReceiptOutcome::AbortedByClient,
        };
        let message = pb::Receipt {
            terms: Some(pb::ReceiptTerms {
                realm: self.realm.as_bytes().to_vec(),
                performer: receipt.performer.as_bytes().to_vec(),
                client: receipt.client.as_bytes().to_vec(),
                outcome: outcome as i32,
                description: receipt.description.clone(),
                nonce: receipt.nonce.to_vec(),
            }),
            countersigner_key: receipt.countersigner_key.as_bytes().to_vec(),
            countersignature: receipt.countersignature.as_bytes().to_vec(),
        };
        URL_SAFE_NO_PAD.encode(message.encode_to_vec())
    }

    /// The offer in a text; `None` when a part is missing or the signature does
    /// not hold. Whose key it is only the log knows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('=')).ok()?;
        let message = pb::Receipt::decode(bytes.as_slice()).ok()?;
        if message.encode_to_vec() != bytes {
            return None;
        }
        let terms = message.terms?;
        let id = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).ok();
        let realm = RealmId::from_bytes(id(&terms.realm)?);
        let performer = IdentityId::from_bytes(id(&terms.performer)?);
        let client = IdentityId::from_bytes(id(&terms.client)?);
        let outcome = match pb::ReceiptOutcome::try_from(terms.outcome).ok()? {
            pb::ReceiptOutcome::Kept => ReceiptOutcome::Kept,
            pb::ReceiptOutcome::Broken => ReceiptOutcome::Broken,
            pb::ReceiptOutcome::AbortedByPerformer => ReceiptOutcome::AbortedByPerformer,
            pb::ReceiptOutcome::AbortedByClient => ReceiptOutcome::AbortedByClient,
            pb::ReceiptOutcome::Unspecified => return None,
        };
        let nonce = terms.nonce.as_slice().try_into().ok()?;
        let countersigner_key = PublicKey::from_bytes(id(&message.countersigner_key)?);
        let countersignature =
            Signature::from_bytes(message.countersignature.as_slice().try_into().ok()?);
        let description = terms.description;
        let terms_hash =
            receipt_terms_hash(&realm, &performer, &client, outcome, &description, &nonce);
        let signed = receipt_message(&terms_hash);
        let holds = verify_signature(&countersigner_key, &signed, &countersignature);
        (holds && performer != client).then_some(Self {
            realm,
            receipt: Receipt {
                performer,
                client,
                outcome,
                description,
                nonce,
                terms_hash,
                countersigner_key,
                countersignature,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Offer {
        let id = |byte| IdentityId::from_bytes([byte; 32]);
        let key = SigningKey::from_seed([7; 32]);
        let realm = RealmId::from_bytes([3; 32]);
        let outcome = ReceiptOutcome::Kept;
        Offer::new(realm, (id(1), id(2)), outcome, "ten loaves".to_owned(), [9; 16], &key)
    }

    #[test]
    fn an_offer_reads_back_and_any_change_of_it_is_refused() {
        let code = offer().print();
        assert_eq!(Offer::parse(&format!(" {code}\n")), Some(offer()));
        let bytes = URL_SAFE_NO_PAD.decode(&code).unwrap();
        for place in 0..bytes.len() {
            let mut spoilt = bytes.clone();
            spoilt[place] ^= 1;
            assert_eq!(Offer::parse(&URL_SAFE_NO_PAD.encode(spoilt)), None, "byte {place}");
        }
        assert_eq!(Offer::parse(&code[1..]), None);
        assert_eq!(Offer::parse(""), None);
    }

    #[test]
    fn an_endorsement_reads_back_also_from_a_link_and_is_no_consent() {
        let said = Endorsement {
            identity: IdentityId::from_bytes([4; 32]),
            public_key: PublicKey::from_bytes([5; 32]),
            signature: Signature::from_bytes([6; 64]),
        };
        let code = print_endorsement(&said);
        assert_eq!(parse_endorsement(&code), Some(said.clone()));
        assert_eq!(parse_endorsement(&format!("https://x/join#{code}\n")), Some(said));
        assert_eq!(parse_consent(&code), None);
        assert_eq!(parse_endorsement(&code[..code.len() - 4]), None);
    }
}
